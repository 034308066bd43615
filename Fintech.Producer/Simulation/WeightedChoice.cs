namespace Fintech.Producer.Simulation;

/// <summary>Draws an index with a probability in proportion to its weight.</summary>
internal sealed class WeightedChoice
{
    private readonly double[] cumulative;

    public WeightedChoice(IEnumerable<double> weights)
    {
        var total = 0.0;
        cumulative = [.. weights.Select(weight => total += weight)];
    }

    public int Draw(Random random)
    {
        var index = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);

        // A hit is the end of that index' share, so the next one owns it; rounding may reach the very end.
        return Math.Min(index < 0 ? ~index : index + 1, cumulative.Length - 1);
    }
}

using System.Globalization;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Rows and the sum of their amounts: the two numbers that must agree wherever rows pass from hand to hand.</summary>
internal readonly record struct Tally(long Rows, decimal Amount)
{
    public static Tally operator +(Tally left, Tally right) => new(left.Rows + right.Rows, left.Amount + right.Amount);

    /// <summary>One more row; an amount that is missing adds nothing to the sum.</summary>
    public Tally With(decimal? amount) => new(Rows + 1, Amount + (amount ?? 0));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rows:N0} rows, {Amount:N2}");
}

namespace Fintech.Analysis.Charts;

/// <summary>From values to pixels, with round ticks.</summary>
internal sealed class Scale
{
    private readonly double low, high, start, end;
    private readonly bool log;

    private Scale(double low, double high, double start, double end, bool log, IReadOnlyList<double> ticks) =>
        (this.low, this.high, this.start, this.end, this.log, Ticks) = (low, high, start, end, log, ticks);

    public IReadOnlyList<double> Ticks { get; }

    public double this[double value]
    {
        get
        {
            var v = log ? Math.Log10(value) : value;
            return start + (v - low) / (high - low) * (end - start);
        }
    }

    /// <summary>From the values' range, widened to round ticks; 0 is always in it.</summary>
    public static Scale FromZero(double least, double most, double start, double end, int about = 5)
    {
        least = Math.Min(0, least);
        most = Math.Max(0, most);
        if (most - least <= 0)
            most = 1;
        var step = Step((most - least) / about);
        var (from, to) = (Math.Floor(least / step), Math.Ceiling(most / step));
        return new Scale(from * step, to * step, start, end, false, [.. Enumerable.Range(0, (int)(to - from) + 1).Select(i => (from + i) * step)]);
    }

    /// <summary>Whole numbers only: there is no half transaction.</summary>
    public static Scale Counts(double most, double start, double end) =>
        most < 5 ? new Scale(0, Math.Max(1, most), start, end, false, [.. Enumerable.Range(0, (int)Math.Max(1, most) + 1).Select(i => (double)i)]) : FromZero(0, most, start, end);

    public static Scale Exact(double least, double most, double start, double end, IReadOnlyList<double> ticks) =>
        new(least, most > least ? most : least + 1, start, end, false, ticks);

    /// <summary>Both above zero. A tick at each power of ten.</summary>
    public static Scale Logarithmic(double least, double most, double start, double end)
    {
        var (from, to) = (Math.Log10(least), Math.Log10(most));
        if (to <= from)
            to = from + 1;
        var ticks = new List<double>();
        for (var power = (int)Math.Ceiling(from - 1e-9); power <= to + 1e-9; power++)
            ticks.Add(Math.Pow(10, power));
        return new Scale(from, to, start, end, true, ticks);
    }

    /// <summary>1, 2 or 5 times a power of ten.</summary>
    private static double Step(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }
}

using System.Globalization;

namespace Fintech.Analysis.Charts;

/// <summary>Hours or days as evenly spaced slots; one in which nothing happened is a gap, not left out.</summary>
internal sealed class TimeAxis
{
    private readonly DateTimeOffset first;
    private readonly TimeSpan unit;

    public TimeAxis(IReadOnlyList<DateTimeOffset> moments, bool byHour)
    {
        unit = byHour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);
        first = moments.Min();
        Slots = Slot(moments.Max()) + 1;
    }

    public int Slots { get; }

    public int Slot(DateTimeOffset at) => (int)((at - first) / unit);

    /// <summary>At most a dozen.</summary>
    public IEnumerable<(int Slot, string Text)> Labels()
    {
        var each = Math.Max(1, (int)Math.Ceiling(Slots / 12.0));
        for (var slot = 0; slot < Slots; slot += each)
            yield return (slot, Label(first + slot * unit));
    }

    public string Label(DateTimeOffset at) =>
        at.UtcDateTime.ToString(unit < TimeSpan.FromDays(1) ? "d MMM HH:mm" : Slots > 300 ? "d MMM yy" : Slots > 14 ? "d MMM" : "ddd d MMM", CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace Fintech.Analysis.Charts;

/// <summary>Numbers as a board reads them: 1,234,567 · USD 9,001,448.26 · 9.0 M · 12.3 %.</summary>
internal static class Format
{
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 purchase", "2 purchases"</summary>
    public static string Count(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    public static string Money(decimal amount, string currency) => $"{currency} {Amount(amount)}";

    public static string Amount(decimal amount) => amount.ToString("#,##0.00", CultureInfo.InvariantCulture);

    /// <summary>At most three digits that tell something: for axes and headlines.</summary>
    public static string Compact(double number)
    {
        var size = Math.Abs(number);
        var (scaled, unit) = size switch
        {
            >= 999_500_000 => (number / 1e9, " bn"),
            >= 999_500 => (number / 1e6, " M"),
            >= 9_999.5 => (number / 1e3, " k"),
            _ => (number, ""),
        };
        var digits = Math.Abs(scaled) switch
        {
            >= 99.95 => "#,##0",
            >= 1 => "#,##0.#",
            _ => "0.##",
        };
        return scaled.ToString(digits, CultureInfo.InvariantCulture) + unit;
    }

    public static string CompactMoney(decimal amount, string currency) => $"{currency} {Compact((double)amount)}";

    /// <summary>A share between 0 and 1. Something never becomes 0 %, nor less than everything 100 %.</summary>
    public static string Percent(decimal share)
    {
        var percent = share * 100;
        return percent switch
        {
            > 0 and < 0.01m => "less than 0.01 %",
            > 99.99m and < 100 => "more than 99.99 %",
            < 1 and not 0 or > 99 and < 100 => percent.ToString("0.00", CultureInfo.InvariantCulture) + " %",
            _ => percent.ToString("0.#", CultureInfo.InvariantCulture) + " %",
        };
    }

    public static string Share(decimal part, decimal whole) => whole == 0 ? "–" : Percent(part / whole);

    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture);

    public static string DayName(int isoDay) => isoDay switch
    {
        1 => "Monday", 2 => "Tuesday", 3 => "Wednesday", 4 => "Thursday", 5 => "Friday", 6 => "Saturday", 7 => "Sunday",
        _ => throw new ArgumentOutOfRangeException(nameof(isoDay), isoDay, "ISO days go from 1 to 7."),
    };

    /// <summary>"A", "A and B", "A, B and C"</summary>
    public static string List(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => string.Join(", ", items.Take(items.Count - 1)) + " and " + items[^1],
    };
}

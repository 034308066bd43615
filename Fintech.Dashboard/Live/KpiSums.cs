using Fintech.Dashboard.Live.Warehouse;

namespace Fintech.Dashboard.Live;

/// <summary>The figures of a sum.</summary>
internal static class KpiSums
{
    public static readonly Kpis Nothing = new(0, [], 0, 0, 0, null);

    public static Kpis Of(Sums sums, double perSecond, double? latency) => new(
        sums.Transactions, sums.Value, sums.Alerts, perSecond, sums.Streamed == 0 ? 0 : (double)sums.Alerts / sums.Streamed, latency);
}

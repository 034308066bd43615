using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Web;

internal static class Limited
{
    /// <summary>The list with the state of the store beside it; one row too many tells that there are more.</summary>
    public static ListView<T> To<T>(int limit, List<T> rows, TelemetryStore store) => new(
        new StatusView(store.Resources.Names, store.Traces.Holding, store.Logs.Holding, store.Metrics.Holding),
        rows.Count > limit ? rows[..limit] : rows,
        rows.Count > limit);
}

internal static class Milliseconds
{
    public static double Of(long nanoseconds) => nanoseconds / 1000 / 1000d;
}

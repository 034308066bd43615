using System.Diagnostics.Metrics;

namespace Fintech.Producer.Streams;

internal sealed class CeilingMetrics(IMeterFactory factory, IHostEnvironment environment)
{
    private readonly Meter meter = factory.Create(environment.ApplicationName);

    public void Observe(StreamCeiling ceiling)
    {
        meter.CreateObservableGauge(
            "fintech.producer.stream.entries", () => ceiling.Read().Select(stream => Of(stream.Partition, stream.Fill.Entries)),
            "{entry}", "Entries in a stream, read by the worker or not, until it trims them.");
        meter.CreateObservableGauge(
            "fintech.producer.stream.size", () => ceiling.Read().Select(stream => Of(stream.Partition, stream.Fill.Bytes)),
            "By", "Memory of Redis that a stream takes.");
        meter.CreateObservableGauge(
            "fintech.producer.ceiling.used", () => ceiling.Read().Select(stream => Of(stream.Partition, stream.Used)),
            "1", "Share of its ceiling that a stream has reached.");
        meter.CreateObservableGauge(
            "fintech.producer.ceiling.closed", () => ceiling.Read().Select(stream => Of(stream.Partition, stream.Closed ? 1L : 0)),
            "{stream}", "1 while producers wait for a stream, because it, or all together, reached the ceiling.");
    }

    private static Measurement<T> Of<T>(int partition, T value) where T : struct => new(value, new KeyValuePair<string, object?>("partition", partition));
}

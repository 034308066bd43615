using System.Diagnostics.Metrics;

namespace Fintech.Producer.Streams;

internal sealed class PublishMetrics
{
    private readonly Counter<long> retries;
    private readonly Histogram<double> duration;

    public PublishMetrics(IMeterFactory factory, IHostEnvironment environment)
    {
        var meter = factory.Create(environment.ApplicationName);

        retries = meter.CreateCounter<long>(
            "fintech.producer.retries", "{transaction}", "Transactions sent again, because Redis did not confirm them.");
        duration = meter.CreateHistogram<double>(
            "fintech.producer.publish.duration", "s", "Time from sending a batch to the last of its confirmations.");
    }

    public void Retrying(int transactions) => retries.Add(transactions);

    public void Sent(TimeSpan elapsed) => duration.Record(elapsed.TotalSeconds);
}

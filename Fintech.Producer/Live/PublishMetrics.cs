using System.Diagnostics.Metrics;

namespace Fintech.Producer.Live;

internal sealed class PublishMetrics
{
    private readonly Counter<long> retries;
    private readonly Histogram<double> duration;

    public PublishMetrics(IMeterFactory factory, IHostEnvironment environment, Ledger ledger)
    {
        var meter = factory.Create(environment.ApplicationName);

        meter.CreateObservableCounter(
            "fintech.producer.generated", () => ledger.Read().Generated, "{transaction}", "Transactions made by the simulator.");
        meter.CreateObservableCounter(
            "fintech.producer.published", () => ledger.Read().Acknowledged, "{transaction}", "Transactions that Redis confirmed.");
        meter.CreateObservableCounter(
            "fintech.producer.published.amount", () => (double)ledger.Read().Amount, "{currency}", "Sum of the amounts that Redis confirmed.");
        meter.CreateObservableUpDownCounter(
            "fintech.producer.buffered", () => ledger.Read().Buffered, "{transaction}", "Transactions made and not yet confirmed by Redis.");

        retries = meter.CreateCounter<long>(
            "fintech.producer.retries", "{transaction}", "Transactions sent again, because Redis did not confirm them.");
        duration = meter.CreateHistogram<double>(
            "fintech.producer.publish.duration", "s", "Time from sending a batch to the last of its confirmations.");
    }

    public void Retrying(int transactions) => retries.Add(transactions);

    public void Sent(TimeSpan elapsed) => duration.Record(elapsed.TotalSeconds);
}

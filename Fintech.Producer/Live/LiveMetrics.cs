using System.Diagnostics.Metrics;

namespace Fintech.Producer.Live;

/// <summary>The ledger as metrics.</summary>
internal sealed class LiveMetrics(IMeterFactory factory, IHostEnvironment environment)
{
    private readonly Meter meter = factory.Create(environment.ApplicationName);

    public void Observe(Ledger ledger)
    {
        meter.CreateObservableCounter(
            "fintech.producer.generated", () => ledger.Read().Generated, "{transaction}", "Transactions made by the simulator.");
        meter.CreateObservableCounter(
            "fintech.producer.published", () => ledger.Read().Acknowledged, "{transaction}", "Transactions that Redis confirmed.");
        meter.CreateObservableCounter(
            "fintech.producer.published.amount", () => (double)ledger.Read().Amount, "{currency}", "Sum of the amounts that Redis confirmed.");
        meter.CreateObservableUpDownCounter(
            "fintech.producer.buffered", () => ledger.Read().Buffered, "{transaction}", "Transactions made and not yet confirmed by Redis.");
    }
}

using System.Diagnostics.Metrics;

namespace Fintech.Producer.Ingest;

internal sealed class IngestMetrics(IMeterFactory factory, IHostEnvironment environment)
{
    private readonly Counter<long> transactions = factory.Create(environment.ApplicationName).CreateCounter<long>(
        "fintech.ingest.transactions", "{transaction}", "Transactions of requests that were answered, by what became of them.");

    /// <param name="outcome">accepted, repeated, invalid, limited or unavailable.</param>
    public void Answered(string outcome, int count)
    {
        if (count > 0)
            transactions.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
    }
}

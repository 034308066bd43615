using System.Diagnostics.Metrics;

namespace Fintech.Producer.PubSub;

internal sealed class PubSubMetrics(IMeterFactory factory, IHostEnvironment environment)
{
    private readonly Counter<long> messages = factory.Create(environment.ApplicationName).CreateCounter<long>(
        "fintech.pubsub.messages", "{message}", "Messages of the Pub/Sub channel, by what became of them.");

    /// <param name="outcome">published, unreadable (published for the quarantine) or dropped.</param>
    public void Count(string outcome) => messages.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}

using System.Diagnostics;
using System.Globalization;
using Fintech.Contracts;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Streams;

/// <summary>
/// Starts the trace of a transaction: for some of them a span <c>publish transactions</c>, whose traceparent travels with the entry.
/// </summary>
internal sealed class PublishTracing(IHostEnvironment environment, IOptions<PublishOptions> options, TimeProvider time) : IDisposable
{
    private readonly ActivitySource source = new(environment.ApplicationName);
    private readonly double perSecond = options.Value.TracedPerSecond;
    private readonly Lock sync = new();
    private long next = time.GetTimestamp();

    /// <summary>Null for most entries: when nobody listens, and when the second's share is used up.</summary>
    public Activity? Start(OutgoingEntry entry)
    {
        if (perSecond == 0 || !source.HasListeners())
            return null;

        if (!IsDue())
            return null;

        // A span becomes current when it starts; those of one batch are no children of one another.
        var around = Activity.Current;
        var activity = source.StartActivity("publish transactions", ActivityKind.Producer);
        Activity.Current = around;

        return activity?
            .SetTag("messaging.system", "redis")
            .SetTag("messaging.operation.name", "publish")
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", StreamNames.Transactions(entry.Partition))
            .SetTag("messaging.destination.partition.id", entry.Partition.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Evenly spaced; an idle stream saves up no more than one.</summary>
    private bool IsDue()
    {
        lock (sync)
        {
            var now = time.GetTimestamp();
            if (now < next)
                return false;
            next = Math.Max(next + (long)(time.TimestampFrequency / perSecond), now);
            return true;
        }
    }

    public void Dispose() => source.Dispose();
}

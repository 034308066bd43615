using System.Diagnostics;
using System.Globalization;
using Fintech.Contracts;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Live;

/// <summary>
/// Starts the trace of a transaction: for some of them a span <c>publish transactions</c>, whose traceparent travels with the entry.
/// </summary>
internal sealed class PublishTracing(IHostEnvironment environment, IOptions<LiveOptions> options, TimeProvider time) : IDisposable
{
    private readonly ActivitySource source = new(environment.ApplicationName);
    private readonly double perSecond = options.Value.TracedPerSecond;
    private long next = time.GetTimestamp();

    /// <summary>Null for most entries: when nobody listens, and when the second's share is used up.</summary>
    public Activity? Start(StreamEntry entry)
    {
        if (perSecond == 0 || !source.HasListeners())
            return null;

        var now = time.GetTimestamp();
        if (now < next)
            return null;

        // Evenly spaced; an idle stream saves up no more than one.
        next = Math.Max(next + (long)(time.TimestampFrequency / perSecond), now);

        // Each is the root of its own trace, also among others of its batch.
        Activity.Current = null;
        var activity = source.StartActivity("publish transactions", ActivityKind.Producer);
        Activity.Current = null;

        return activity?
            .SetTag("messaging.system", "redis")
            .SetTag("messaging.operation.name", "publish")
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", StreamNames.Transactions(entry.Partition))
            .SetTag("messaging.destination.partition.id", entry.Partition.ToString(CultureInfo.InvariantCulture));
    }

    public void Dispose() => source.Dispose();
}

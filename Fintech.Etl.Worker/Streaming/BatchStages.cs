using System.Diagnostics.Metrics;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>Where the time of one batch goes: each call ends the stage that began with the one before.</summary>
internal sealed class BatchStages(Histogram<double> durations, TimeProvider clock)
{
    public const string Read = "read";
    public const string Parse = "parse";
    public const string Claim = "claim";
    public const string Score = "score";
    public const string Record = "record";
    public const string Commit = "commit";
    public const string Feed = "feed";

    private long last = clock.GetTimestamp();

    public void Done(string stage)
    {
        var now = clock.GetTimestamp();
        durations.Record(clock.GetElapsedTime(last, now).TotalSeconds, new KeyValuePair<string, object?>("stage", stage));
        last = now;
    }
}

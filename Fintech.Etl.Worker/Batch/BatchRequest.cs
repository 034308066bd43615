namespace Fintech.Etl.Worker.Batch;

/// <summary>What one pass is asked to read. Incremental unless told otherwise; only an incremental pass moves the watermark.</summary>
internal sealed record BatchRequest
{
    /// <summary>Who asked: <c>schedule</c>, <c>command</c>, or the command it is part of (<c>replay</c>).</summary>
    public required string Trigger { get; init; }

    /// <summary>Read everything again. What is known already is recognised, so this is safe at any time.</summary>
    public bool Full { get; init; }

    /// <summary>First <c>transaction_date</c> to read, as the source writes it (in its own time zone).</summary>
    public DateTime? From { get; init; }

    /// <summary>The <c>transaction_date</c> to stop before.</summary>
    public DateTime? To { get; init; }

    /// <summary>Do everything, count it, and roll it back.</summary>
    public bool DryRun { get; init; }

    /// <summary>The rows come from the quarantine, not from the source.</summary>
    public bool Replay { get; init; }

    public bool IsIncremental => !Full && !Replay && From is null && To is null;

    /// <summary>In <c>etl.run.settings</c>.</summary>
    public string Mode => Replay ? "replay" : Full ? "full" : IsIncremental ? "incremental" : "range";

    /// <summary>In <c>etl.run.kind</c>.</summary>
    public string Kind => DryRun ? "dry-run" : "batch";
}

namespace Fintech.Etl.Worker.Batch;

/// <summary>What one pass is asked to read. Incremental unless told otherwise; only an incremental pass moves the watermark.</summary>
internal sealed record BatchRequest
{
    /// <summary>Who asked: <c>schedule</c> or <c>command</c>.</summary>
    public required string Trigger { get; init; }

    /// <summary>Read everything again. What is known already is recognised, so this is safe at any time.</summary>
    public bool Full { get; init; }

    /// <summary>First <c>transaction_date</c> to read, as the source writes it (in its own time zone).</summary>
    public DateTime? From { get; init; }

    /// <summary>The <c>transaction_date</c> to stop before.</summary>
    public DateTime? To { get; init; }

    public bool IsIncremental => !Full && From is null && To is null;
}

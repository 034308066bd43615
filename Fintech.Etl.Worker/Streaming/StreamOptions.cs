using System.ComponentModel.DataAnnotations;
using Fintech.Contracts;

namespace Fintech.Etl.Worker.Streaming;

internal sealed class StreamOptions : IValidatableObject
{
    public const string Section = "Stream";

    /// <summary>Number of streams. It may change only when all of them are drained: customers move with it.</summary>
    public int Partitions { get; init; } = Partitioner.DefaultPartitions;

    /// <summary>Most entries of one partition that share a transaction; large ones share it with fewer.</summary>
    public int BatchSize { get; init; } = 2000;

    /// <summary>The ledger of events that name none. Inputs that carry the same ledger share a name and de-duplicate.</summary>
    public string SourceSystem { get; init; } = "stream";

    /// <summary>ISO 4217, of events that name none.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>From the start of a batch that was not full to the next: the more, the less work, and the longer each transaction waits.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>First pause while nothing comes; doubled up to the longest.</summary>
    public TimeSpan MinIdleDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    public TimeSpan MaxIdleDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a stream is trimmed and compared with its checkpoint, and what scoring remembers is saved.</summary>
    public TimeSpan UpkeepInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the stream of a new warehouse waits for the first batch pass to begin, so that merchants have their categories; one that runs goes first however long it takes.</summary>
    public TimeSpan FirstPassPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a sample of the live counters is compared with the facts; zero: never.</summary>
    public TimeSpan LiveAuditInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>First and longest pause after a failure.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Partitions is < 1 or > 1024)
            yield return Fault(nameof(Partitions), $"must be 1 to 1024; it is {Partitions}.");
        if (BatchSize is < 1 or > 10_000)
            yield return Fault(nameof(BatchSize), $"must be 1 to 10000; it is {BatchSize}.");
        if (!EventChecks.SourceName().IsMatch(SourceSystem))
            yield return Fault(nameof(SourceSystem), $"must match {EventChecks.SourceName()}; it is '{SourceSystem}'.");
        if (!EventChecks.CurrencyCode().IsMatch(Currency))
            yield return Fault(nameof(Currency), $"must be three capital letters; it is '{Currency}'.");
        if (MinIdleDelay <= TimeSpan.Zero || MaxIdleDelay < MinIdleDelay)
            yield return Fault(nameof(MinIdleDelay), $"must be above zero and not above {Section}:{nameof(MaxIdleDelay)}.");
        if (BatchInterval < TimeSpan.Zero || BatchInterval > TimeSpan.FromSeconds(10))
            yield return Fault(nameof(BatchInterval), $"must be from zero to ten seconds; it is {BatchInterval}.");
        if (MinRetryDelay <= TimeSpan.Zero || MaxRetryDelay < MinRetryDelay)
            yield return Fault(nameof(MinRetryDelay), $"must be above zero and not above {Section}:{nameof(MaxRetryDelay)}.");
        if (UpkeepInterval <= TimeSpan.Zero)
            yield return Fault(nameof(UpkeepInterval), "must be above zero.");
        if (LiveAuditInterval < TimeSpan.Zero)
            yield return Fault(nameof(LiveAuditInterval), "must not be below zero.");
    }

    private static ValidationResult Fault(string key, string what) => new($"{Section}:{key} {what}");
}

using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Extract;
using Fintech.Etl.Worker.Privacy;

namespace Fintech.Etl.Worker.Batch;

internal enum BatchMode
{
    /// <summary>Rows are found by id, with gaps remembered and read again.</summary>
    Watermark,

    /// <summary>Rows are found by logical replication. Not there yet.</summary>
    Cdc,
}

internal sealed partial record BatchOptions : IValidatableObject
{
    public const string Section = "Etl";

    /// <summary>From the end of one scheduled pass to the start of the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    public BatchMode Mode { get; init; } = BatchMode.Watermark;

    /// <summary>The ledger that the ids of the source belong to. Inputs that carry the same ledger share a name and de-duplicate.</summary>
    public string SourceSystem { get; init; } = "ledger";

    /// <summary>IANA name of the zone in which the source's <c>timestamp</c> columns, which carry none, are read.</summary>
    public string SourceTimeZone { get; init; } = "UTC";

    /// <summary>ISO 4217; the source has no column for it.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>How long an id that was skipped is looked for: as long as a transaction of the source may stay open.</summary>
    public TimeSpan GapRetention { get; init; } = TimeSpan.FromDays(1);

    /// <summary>From how many rows on an empty fact table is loaded without its key, which is then built.</summary>
    public int DirectLoadRows { get; init; } = 50_000;

    /// <summary>
    /// How far before the last look at the source a row's <c>updated_at</c> may lie for it to be read again: longer than a
    /// transaction of the source that updates rows stays open.
    /// </summary>
    public TimeSpan UpdatedAtOverlap { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>From one scheduled comparison of the warehouse with its source to the next; zero for none.</summary>
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long the results of checks are kept; removed once a day.</summary>
    public TimeSpan CheckRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How many ids such a comparison counts and sums as one.</summary>
    public long AuditBlock { get; init; } = 100_000;

    /// <summary>Queries of one's own, for tables and columns with other names.</summary>
    public ExtractOptions Extract { get; init; } = new();

    /// <summary>An amount over this, or under its negative, is taken for a mistake.</summary>
    public decimal MaximumAmount { get; init; } = 1_000_000m;

    /// <summary>How old the newest transaction may be before the source counts as stale; zero: never.</summary>
    public TimeSpan FreshWithin { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many times as much, or as little, as usual a pass may read before that is remarkable; zero: always may.</summary>
    public int VolumeFactor { get; init; } = 10;

    public MerchantOptions Merchants { get; init; } = new();

    /// <summary>What becomes of personal columns.</summary>
    public CustomerPolicyOptions Privacy { get; init; } = new();

    public TimeZoneInfo TimeZone => TimeZoneInfo.FindSystemTimeZoneById(SourceTimeZone);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval < TimeSpan.FromSeconds(1))
            yield return Fault(nameof(Interval), $"is {Interval}; at least one second is needed");
        if (GapRetention < TimeSpan.Zero)
            yield return Fault(nameof(GapRetention), $"is {GapRetention}; a negative time makes no sense");
        if (MaximumAmount is <= 0 or >= 1_000_000_000_000m)
            yield return Fault(nameof(MaximumAmount), $"is {MaximumAmount}; it must be above zero and below 1,000,000,000,000");
        if (FreshWithin < TimeSpan.Zero)
            yield return Fault(nameof(FreshWithin), $"is {FreshWithin}; a negative time makes no sense");
        if (VolumeFactor is < 0 or 1)
            yield return Fault(nameof(VolumeFactor), $"is {VolumeFactor}; it must be two or more, or zero");
        if (UpdatedAtOverlap < TimeSpan.Zero)
            yield return Fault(nameof(UpdatedAtOverlap), $"is {UpdatedAtOverlap}; a negative time makes no sense");
        if (AuditInterval < TimeSpan.Zero)
            yield return Fault(nameof(AuditInterval), $"is {AuditInterval}; 0 switches the audit off, a negative time makes no sense");
        if (CheckRetention <= TimeSpan.Zero)
            yield return Fault(nameof(CheckRetention), $"is {CheckRetention}; it must be above zero");
        if (AuditBlock is < 1 or > AuditRequest.MostBlockSize)
            yield return Fault(nameof(AuditBlock), $"is {AuditBlock}; 1 to {AuditRequest.MostBlockSize} ids make a block");
        if (Mode == BatchMode.Cdc)
            yield return Fault(nameof(Mode), "is Cdc, which this build cannot do yet; use Watermark");
        else if (!Enum.IsDefined(Mode))
            yield return Fault(nameof(Mode), "must be Watermark");
        if (!SourceSystemShape().IsMatch(SourceSystem))
            yield return Fault(nameof(SourceSystem), "must be 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit");
        if (!CurrencyShape().IsMatch(Currency))
            yield return Fault(nameof(Currency), "must be three capital letters (ISO 4217)");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(SourceTimeZone, out _))
            yield return Fault(nameof(SourceTimeZone), $"'{SourceTimeZone}' is no time zone of this system");
        foreach (var fault in Extract.Validate().Concat(Merchants.Validate()))
            yield return fault;
        foreach (var fault in Privacy.Faults())
            yield return new ValidationResult(fault);
    }

    private static ValidationResult Fault(string name, string what) => new($"{Section}:{name} {what}.");

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,31}$")]
    private static partial Regex SourceSystemShape();

    [GeneratedRegex("^[A-Z]{3}$")]
    private static partial Regex CurrencyShape();
}

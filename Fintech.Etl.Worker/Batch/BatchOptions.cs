using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Fintech.Etl.Worker.Privacy;

namespace Fintech.Etl.Worker.Batch;

internal enum BatchMode
{
    /// <summary>Rows are found by id, with gaps remembered and read again.</summary>
    Watermark,

    /// <summary>Rows are found by logical replication. Not there yet.</summary>
    Cdc,
}

internal sealed partial class BatchOptions : IValidatableObject
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

    /// <summary>What becomes of personal columns.</summary>
    public CustomerPolicyOptions Privacy { get; init; } = new();

    public TimeZoneInfo TimeZone => TimeZoneInfo.FindSystemTimeZoneById(SourceTimeZone);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval < TimeSpan.FromSeconds(1))
            yield return Fault(nameof(Interval), $"is {Interval}; at least one second is needed");
        if (GapRetention < TimeSpan.Zero)
            yield return Fault(nameof(GapRetention), $"is {GapRetention}; a negative time makes no sense");
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
        foreach (var fault in Privacy.Faults())
            yield return new ValidationResult(fault);
    }

    private static ValidationResult Fault(string name, string what) => new($"{Section}:{name} {what}.");

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,31}$")]
    private static partial Regex SourceSystemShape();

    [GeneratedRegex("^[A-Z]{3}$")]
    private static partial Regex CurrencyShape();
}

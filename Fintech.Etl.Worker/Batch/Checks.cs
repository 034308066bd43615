namespace Fintech.Etl.Worker.Batch;

internal enum Severity
{
    /// <summary>The whole pass is rolled back.</summary>
    Block,

    /// <summary>The row goes to <c>etl.rejected_row</c>, the pass goes on.</summary>
    Quarantine,

    /// <summary>The row is loaded, the finding is recorded.</summary>
    Warn,
}

internal abstract record Check(string Name, Severity Severity, string What);

/// <summary>By reference, since it is called for every row and every check.</summary>
internal delegate bool RowTest(in TransactionRow row, DateTime? occurredAt, PassContext pass);

/// <summary>Decided row by row while the source streams by.</summary>
internal sealed record RowCheck(string Name, string What, RowTest Fails)
    : Check(Name, Severity.Quarantine, What);

/// <summary>Decided by the warehouse, once everything is merged and before it is committed.</summary>
/// <param name="FailingKeys">Yields the key of every failing row; sees the tables of <c>Batch/Sql/stage.sql</c>.</param>
internal sealed record SetCheck(string Name, Severity Severity, string What, string FailingKeys) : Check(Name, Severity, What);

/// <summary>Decided on the totals of the pass, for each currency.</summary>
/// <param name="Faults">What does not add up; null where everything does.</param>
internal sealed record TotalsCheck(string Name, string What, Func<PassTotals, string?> Faults) : Check(Name, Severity.Block, What);

/// <summary>Every check of a pass, in the order in which rows meet them: the first that fails names the reason.</summary>
internal static class Checks
{
    private static readonly DateTime Earliest = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromDays(1);

    // Decided in the load, which knows the members: row by row in a direct one, by findings.sql in a staged one.
    public static readonly SetCheck UnknownCustomer = Finding("unknown_customer", "The source has no such customer: loaded with an inferred member.");
    public static readonly SetCheck MissingCustomer = Finding("missing_customer", "The transaction names no customer: loaded with the unknown member.");
    public static readonly SetCheck UnknownMerchant = Finding("unknown_merchant", "MongoDB has no such merchant: loaded with an inferred member.");
    public static readonly SetCheck MissingMerchant = Finding("missing_merchant", "The transaction names no merchant: loaded with the unknown member.");
    public static readonly SetCheck EqualPurchase = Finding("equal_purchase",
        "The same customer paid the same amount to the same merchant in the same minute under another id.");

    // Found by the contract with the source, before anything is read.
    public static readonly SetCheck NewColumns = Finding("new_columns", "The source has columns that nobody asked for: they are not read.");

    // The first two are decided where the address is read, since it is not to be read any further.
    public static readonly SetCheck MissingEmail = Finding("missing_email", "The customer has no e-mail address.");
    public static readonly SetCheck MalformedEmail = Finding("malformed_email", "The customer's e-mail address has not the shape of one.");
    public static readonly SetCheck DuplicateEmail = Finding("duplicate_email", "The customer's e-mail address is another customer's, too.");

    public static readonly SetCheck Conflict = new("conflict", Severity.Quarantine, "The transaction is known with other content, which is never overwritten.",
        "select record_key from rejected where check_name = 'conflict'");

    public static readonly IReadOnlyList<Check> All =
    [
        new RowCheck("amount_missing", "The amount is missing, not a number, or not one of whole cents.",
            (in row, _, _) => row.Amount is null),
        new RowCheck("type_unknown", "The type is neither purchase nor refund nor reversal.",
            (in row, _, _) => row.Type is not (null or Transform.Purchase or "refund" or "reversal")),
        new RowCheck("currency_unknown", "The currency is not three capital letters (ISO 4217).",
            (in row, _, _) => row.Currency is { } currency && !PassBooks.IsCurrency(currency)),
        new RowCheck("amount_not_positive", "The amount is zero, or negative without being a refund or reversal.",
            (in row, _, _) => row.Amount == 0 || (row.Amount < 0 && !IsReturn(row))),
        new RowCheck("refund_not_negative", "A refund or reversal has a positive amount: it would count as revenue.",
            (in row, _, _) => row.Amount > 0 && IsReturn(row)),
        new RowCheck("amount_over_maximum", "The amount is over Etl:MaximumAmount.",
            (in row, _, pass) => row.Amount is { } amount && Math.Abs(amount) > pass.Options.MaximumAmount),
        new RowCheck("date_missing", "The transaction date is missing.",
            (in row, _, _) => row.Date is null),
        new RowCheck("date_before_2000", "The transaction date is before 2000.",
            (in _, occurredAt, _) => occurredAt < Earliest),
        new RowCheck("date_in_the_future", "The transaction date is more than a day ahead.",
            (in _, occurredAt, pass) => occurredAt > pass.StartedAt + ClockTolerance),

        new SetCheck("merchant_document", Severity.Quarantine, "A merchant's document has no usable name or category.",
            "select record_key from rejected where check_name = 'merchant_document'"),
        Conflict,

        UnknownCustomer,
        MissingCustomer,
        UnknownMerchant,
        MissingMerchant,
        new SetCheck("duplicate_merchant", Severity.Warn, "Several documents have the same merchant name: the first by _id was taken.",
            "select merchant_name from stage_merchant where check_name is null group by merchant_name having count(*) > 1"),
        MissingEmail,
        MalformedEmail,
        DuplicateEmail,
        EqualPurchase,
        NewColumns,

        new SetCheck("source_fresh", Severity.Warn, "The newest transaction of the source is older than Etl:FreshWithin.",
            Warehouse.Sql.Read("Batch/Sql/source_fresh.sql")),
        new SetCheck("volume", Severity.Warn, "The pass read far more or far fewer rows than the passes before it.",
            Warehouse.Sql.Read("Batch/Sql/volume.sql")),

        new SetCheck("orphan", Severity.Block, "A fact of this run points at a dimension row that does not exist.",
            "select record_key from finding where check_name = 'orphan'"),
        new TotalsCheck("source_agrees", "Rows and sum read are what the source itself counted in the same snapshot.",
            totals => totals.Read == totals.SourceSaid ? null : $"read {totals.Read}; the source counted {totals.SourceSaid}"),
        new TotalsCheck("nothing_lost", "Read = loaded + quarantined + already known, rows and sum.",
            totals => totals.Read == totals.Loaded + totals.Quarantined + totals.Known
                ? null
                : $"read {totals.Read}; loaded {totals.Loaded}; quarantined {totals.Quarantined}; already known {totals.Known}"),
        new TotalsCheck("aggregates_agree", "The aggregates grew by what was loaded, rows and sum.",
            totals => totals.CategoriesGrew == totals.Loaded && totals.MinutesGrew == totals.Loaded
                ? null
                : $"loaded {totals.Loaded}; categories grew by {totals.CategoriesGrew}; minutes grew by {totals.MinutesGrew}"),
    ];

    public static readonly IReadOnlyList<RowCheck> OfRows = [.. All.OfType<RowCheck>()];

    /// <summary>Those whose keys are customers: an erasure looks for the person among their samples.</summary>
    public static readonly IReadOnlyList<Check> OfCustomers = [MissingEmail, MalformedEmail, DuplicateEmail];

    private static bool IsReturn(in TransactionRow row) => row.Type is "refund" or "reversal";

    private static SetCheck Finding(string name, string what) =>
        new(name, Severity.Warn, what, $"select record_key from finding where check_name = '{name}'");
}

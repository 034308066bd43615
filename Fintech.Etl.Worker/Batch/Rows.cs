namespace Fintech.Etl.Worker.Batch;

/// <summary>A customer as the source has it: holds raw personal data, so it never leaves the transform.</summary>
internal readonly record struct CustomerRow(long CustomerId, string? FirstName, string? LastName, string? Email, DateOnly? SignupDate)
{
    /// <summary>A record prints its members; this one must not end up in a log or a message.</summary>
    public override string ToString() => $"customer {CustomerId}";
}

/// <summary>A transaction as the source has it. An amount that is NaN reads as missing.</summary>
/// <param name="Type">Where the extract has the column: purchase, refund or reversal; null means purchase.</param>
/// <param name="Currency">Where the extract has the column: ISO 4217; null means <c>Etl:Currency</c>.</param>
/// <param name="TerminalId">Where the extract has the column.</param>
internal readonly record struct TransactionRow(
    long TransactionId, long? CustomerId, DateTime? Date, decimal? Amount, string? Merchant,
    string? Type = null, string? Currency = null, string? TerminalId = null);

/// <summary>A customer as the policies allow: raw where it is kept, masked, hashed or not at all.</summary>
internal readonly record struct StagedCustomer
{
    public required long CustomerId { get; init; }
    public required string? FirstName { get; init; }
    public required byte[]? FirstNameHash { get; init; }
    public required string? LastNameMask { get; init; }
    public required byte[]? LastNameHash { get; init; }
    public required string? EmailMask { get; init; }
    public required byte[]? EmailHash { get; init; }
    public required DateOnly? SignupDate { get; init; }
    public required byte[] RowHash { get; init; }

    /// <summary>Under the key before, while it is rotated.</summary>
    public required byte[]? FormerRowHash { get; init; }

    /// <summary>Equal where addresses are, whatever the policy.</summary>
    public required long? EmailKey { get; init; }

    /// <summary>The check that the address fails.</summary>
    public required Check? EmailFault { get; init; }
}

/// <param name="MerchantName">Trimmed; empty where the source names none, which is the name of the unknown member.</param>
/// <param name="Failed">The check that sends the row to quarantine.</param>
internal readonly record struct StagedTransaction(
    long TransactionId, long? CustomerId, string MerchantName, DateTime? OccurredAt, decimal? Amount, string Type, string Currency, string? TerminalId,
    Check? Failed)
{
    /// <summary>yyyymmdd of the UTC day.</summary>
    public int? DateKey => OccurredAt is { } day ? day.Year * 10_000 + day.Month * 100 + day.Day : null;
}

/// <param name="RecordKey">The document's <c>_id</c>.</param>
/// <param name="Fault">Why the document goes to quarantine; <paramref name="Sealed"/> then holds it, encrypted.</param>
internal readonly record struct StagedMerchant(
    string RecordKey, string? Name, string? Category, string? Fault, byte[]? Sealed, byte[] ContentHash);

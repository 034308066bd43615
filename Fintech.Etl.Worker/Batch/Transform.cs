using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Privacy;
using MongoDB.Bson;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// The step that personal data does not pass: last name and e-mail go in, keyed hashes come out. Without I/O, row by row.
/// </summary>
internal sealed class Transform(PassContext pass)
{
    public const string UnknownCategory = "Unknown";
    public const string Purchase = "purchase";

    /// <summary>Separates fields in what is hashed, so that ("ab", "c") differs from ("a", "bc"); PostgreSQL text cannot hold it.</summary>
    private const char Separator = '\0';

    private readonly PiiKey key = pass.Key;
    private readonly Pseudonymiser pseudonymiser = new(pass.Key, pass.Privacy);
    private readonly ErasedSubjects erased = pass.Privacy.Erased;
    private readonly TimeZoneInfo zone = pass.Options.TimeZone;

    public StagedCustomer Customer(CustomerRow row) => pseudonymiser.Customer(row);

    [MethodImpl(Hot.Path)]
    public StagedTransaction Transaction(in TransactionRow row)
    {
        var occurredAt = row.Date is { } date ? ToUtc(date) : (DateTime?)null;
        return new StagedTransaction(
            row.TransactionId, row.CustomerId is { } customer ? erased.AliasOf(customer) : null, row.Merchant?.Trim() ?? "", occurredAt, row.Amount,
            row.Type ?? Purchase, row.Currency ?? pass.Options.Currency, row.TerminalId, FirstFailure(row, occurredAt));
    }

    /// <summary>Tells one content of a transaction from another: a rejected row that is met again is the same rejection.</summary>
    public byte[] ContentHash(in TransactionRow row) => key.HashRow(string.Create(CultureInfo.InvariantCulture,
        $"{row.TransactionId}{Separator}{row.CustomerId}{Separator}{row.Date:O}{Separator}{row.Amount}{Separator}{Field(row.Merchant)}{Optional(row)}"));

    /// <summary>Anybody's document: a field may be missing, of any type, repeated, or no text at all.</summary>
    public StagedMerchant Merchant(BsonDocument document)
    {
        try
        {
            var (nameField, categoryField) = (pass.Options.Merchants.NameField, pass.Options.Merchants.CategoryField);
            var name = At(document, nameField);
            var category = At(document, categoryField);
            var fault = name is not BsonString ? $"{nameField} is missing or not text."
                : string.IsNullOrWhiteSpace(name.AsString) ? $"{nameField} is empty."
                : category is not (BsonString or BsonNull or BsonUndefined) ? $"{categoryField} is not text."
                : HasNul(name) || HasNul(category) ? $"{nameField} or {categoryField} contains a NUL character."
                : null;
            return fault is null
                ? new StagedMerchant(Key(document), name.AsString.Trim(), Category(category), null, null, [])
                : Malformed(document, fault, Key(document));
        }
        catch (Exception e) when (e is BsonException or FormatException or DecoderFallbackException or ArgumentException)
        {
            return Malformed(document, "The document cannot be decoded.", recordKey: null);
        }

        static bool HasNul(BsonValue value) => value is BsonString text && text.Value.Contains('\0', StringComparison.Ordinal);
        static string Category(BsonValue value) => value is BsonString text && !string.IsNullOrWhiteSpace(text.Value) ? text.Value.Trim() : UnknownCategory;
    }

    /// <param name="path"><c>category</c>, or <c>profile.category</c>: a field of a document within. What is not there is null.</param>
    private static BsonValue At(BsonDocument document, string path)
    {
        BsonValue value = document;
        foreach (var name in path.Split('.'))
            value = value is BsonDocument within ? within.GetValue(name, BsonNull.Value) : BsonNull.Value;
        return value;
    }

    /// <summary>A field with the wrong type may hold anything, personal data too: what cannot be understood is kept encrypted only.</summary>
    private StagedMerchant Malformed(BsonDocument document, string fault, string? recordKey)
    {
        var bytes = document.ToBson();
        var hash = key.HashRow(Convert.ToBase64String(bytes));
        return new StagedMerchant(recordKey ?? Shortened(hash), null, null, fault, key.Seal(bytes), hash);
    }

    /// <summary>Ids as MongoDB makes them are shown; of an id somebody chose, which may be an e-mail address, only a keyed hash.</summary>
    private string Key(BsonDocument document)
    {
        var id = document.GetValue("_id", BsonNull.Value);
        return id is BsonObjectId or BsonInt32 or BsonInt64
            ? id.ToString()!
            : Shortened(key.HashRow(new BsonDocument("_id", id).ToJson()));
    }

    /// <summary>Nothing where the extract has none of these columns: it may get them later, and the row be the same.</summary>
    private static string Optional(in TransactionRow row) => row is { Type: null, Currency: null, TerminalId: null }
        ? ""
        : $"{Field(row.Type)}{Field(row.Currency)}{Field(row.TerminalId)}";

    private static string Shortened(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 12));

    [MethodImpl(Hot.Path)]
    private RowCheck? FirstFailure(in TransactionRow row, DateTime? occurredAt)
    {
        foreach (var check in Checks.OfRows)
        {
            if (check.Fails(in row, occurredAt, pass))
                return check;
        }

        return null;
    }

    /// <summary>Total, unlike <see cref="TimeZoneInfo.ConvertTimeToUtc(DateTime)"/>: in the hour that spring skips, winter time goes on.</summary>
    private DateTime ToUtc(DateTime local) => local.Kind == DateTimeKind.Utc ? local : DateTime.SpecifyKind(local - zone.GetUtcOffset(local), DateTimeKind.Utc);

    /// <summary>A missing value differs from an empty one.</summary>
    private static string Field(string? value) => value is null ? $"-{Separator}" : $"+{value}{Separator}";
}

using System.Text.Json;
using Fintech.Contracts;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Streaming;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>A rejected row on its way back, as the checks of a pass want to see it.</summary>
/// <param name="Row">Its date in UTC; its id is the number of the rejected row, since that of an event need not be a number.</param>
/// <param name="Failed">What the stream's own checks still find; null where nothing, and for rows of tables.</param>
internal readonly record struct Candidate(TransactionRow Row, RowCheck? Failed)
{
    /// <param name="content"><c>{"transaction_id": 7, "customer_id": 1, "amount": 0.00, "currency": "USD", "merchant_name": "Corner Cafe", "occurred_at": "2026-01-05T00:07:00+00:00"}</c>,
    /// or an event as it travels on the wire.</param>
    public static Candidate Read(long rejectedId, string origin, string content, StreamOptions stream, DateTimeOffset now) => origin == "transactions"
        ? new Candidate(OfTable(rejectedId, content), null)
        : OfStream(rejectedId, JsonSerializer.Deserialize(content, ContractsJson.Default.TransactionEvent)!, stream, now);

    private static TransactionRow OfTable(long rejectedId, string content)
    {
        using var document = JsonDocument.Parse(content);
        var row = document.RootElement;
        return new TransactionRow(
            rejectedId,
            Value(row, "customer_id") is { } customer ? customer.GetInt64() : null,
            Value(row, "occurred_at") is { } occurredAt ? Utc(occurredAt.GetDateTimeOffset()) : null,
            Value(row, "amount") is { } amount ? amount.GetDecimal() : null,
            Value(row, "merchant_name")?.GetString(),
            Value(row, "type")?.GetString(),
            Value(row, "currency")?.GetString(),
            Value(row, "terminal_id")?.GetString());
    }

    private static Candidate OfStream(long rejectedId, TransactionEvent message, StreamOptions stream, DateTimeOffset now)
    {
        // The row may name an erased customer by the alias, which an event of the wire must not.
        var failed = EventChecks.Texts.Concat(EventChecks.Values).FirstOrDefault(
            check => !check.Passes(message, now) && !(check.Field == EventChecks.CustomerId && Erasure.IsAlias(message.CustomerId)));
        var countable = Math.Abs(message.Amount) <= EventChecks.LargestAmount && decimal.Round(message.Amount, 2) == message.Amount;
        return new Candidate(
            new TransactionRow(rejectedId, message.CustomerId, Utc(message.Timestamp), countable ? message.Amount : null, message.MerchantName,
                message.Type, message.Currency ?? stream.Currency, string.IsNullOrWhiteSpace(message.TerminalId) ? null : message.TerminalId),
            failed is null ? null : new RowCheck(failed.Field, $"The field {failed.Field} {failed.Fault}.", (in _, _, _) => true));
    }

    private static JsonElement? Value(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>As the warehouse keeps it, in whole microseconds.</summary>
    private static DateTime Utc(DateTimeOffset moment) => new(moment.UtcTicks - moment.UtcTicks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Unspecified);
}

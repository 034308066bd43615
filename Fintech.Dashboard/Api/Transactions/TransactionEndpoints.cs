using System.ComponentModel;
using System.Globalization;

namespace Fintech.Dashboard.Api.Transactions;

/// <summary>The facts themselves, for whoever reconciles, asks about a customer, or draws charts of his own.</summary>
internal static class TransactionEndpoints
{
    private const int MaxLimit = 500;

    public static void MapTransactions(this RouteGroupBuilder api) => api.MapGet("/transactions", ListAsync)
        .WithTags("Transactions")
        .WithSummary("Transactions by event time, newest first.")
        .Produces<Page<TransactionRow>>()
        .ProducesProblem(StatusCodes.Status400BadRequest);

    private static async Task<IResult> ListAsync(
        TransactionReader reader,
        CancellationToken cancellationToken,
        [Description("Of this customer only.")] long? customer = null,
        [Description("At the merchant of exactly this name.")] string? merchant = null,
        [Description("Event time, this moment included: 2026-01-01T00:00:00Z.")] DateTimeOffset? from = null,
        [Description("Event time, this moment excluded.")] DateTimeOffset? to = null,
        [Description("1 to 500.")] int limit = 100,
        [Description("next of the page before.")] string? cursor = null)
    {
        if (limit is < 1 or > MaxLimit)
            return Results.Problem($"limit must lie between 1 and {MaxLimit}, and is {limit}.", statusCode: StatusCodes.Status400BadRequest);
        if (from >= to)
            return Results.Problem("from must be earlier than to.", statusCode: StatusCodes.Status400BadRequest);

        // A position in the list of one customer means nothing in that of another.
        var question = new TransactionQuestion(customer, merchant, from?.ToUniversalTime(), to?.ToUniversalTime());
        var list = string.Create(CultureInfo.InvariantCulture, $"transactions|{customer}|{merchant}|{from:O}|{to:O}");
        if (!Cursor.TryRead<TransactionKey>(list, cursor, out var after))
            return Cursor.Refused();

        var rows = await reader.ReadAsync(question, after, limit, cancellationToken);
        return ETags.Ok(new Page<TransactionRow>(rows, Cursor.After(list, rows, limit, row => row.Key)));
    }
}

/// <param name="From">Event time, included.</param>
/// <param name="To">Event time, excluded.</param>
internal sealed record TransactionQuestion(long? Customer, string? Merchant, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>What the list is sorted by.</summary>
internal sealed record TransactionKey(DateTimeOffset OccurredAt, string TransactionId, string Source);

/// <param name="Type"><c>purchase</c>, <c>refund</c> or <c>reversal</c>.</param>
/// <param name="OccurredAt">Event time.</param>
/// <param name="ReceivedAt">Arrival in the stream, or start of the batch run.</param>
/// <param name="CustomerId">Null where the transaction named no customer.</param>
/// <param name="CameBy"><c>stream</c> or <c>batch</c>.</param>
/// <param name="Severity">Of the alert that it caused; null where it caused none.</param>
internal sealed record TransactionRow(
    string TransactionId, string Source, string Type, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, decimal Amount, string Currency,
    string? TerminalId, string Merchant, string Category, long? CustomerId, string CameBy, string? Severity)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public TransactionKey Key => new(OccurredAt, TransactionId, Source);
}

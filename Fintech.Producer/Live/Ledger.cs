using System.Text.Json.Serialization;

namespace Fintech.Producer.Live;

/// <summary>
/// What this process says it sent: to be compared with what arrived. Acknowledged is what Redis confirmed; an entry
/// that was sent twice, because the first confirmation got lost, counts once, as it does in the warehouse.
/// </summary>
internal sealed class Ledger(TimeProvider time)
{
    private readonly Lock sync = new();
    private readonly DateTimeOffset startedAt = time.GetUtcNow();
    private long generated;
    private long acknowledged;
    private decimal amount = 0.00m;

    public void Generate()
    {
        lock (sync)
        {
            generated++;
        }
    }

    public void Acknowledge(decimal transactionAmount)
    {
        lock (sync)
        {
            acknowledged++;
            amount += transactionAmount;
        }
    }

    public LedgerPage Read()
    {
        lock (sync)
        {
            return new LedgerPage(acknowledged, amount, generated, generated - acknowledged, startedAt, Environment.ProcessId);
        }
    }
}

/// <summary>
/// One consistent reading, as <c>GET /ledger</c> answers it. The amount is text, so that no reader makes a float of it:
/// <code>{"acknowledged":2,"amount":"123.45","generated":3,"buffered":1,"started_at":"2026-01-01T00:00:00+00:00","process_id":4711}</code>
/// </summary>
internal sealed record LedgerPage(
    [property: JsonPropertyName("acknowledged")] long Acknowledged,
    [property: JsonPropertyName("amount"), JsonNumberHandling(JsonNumberHandling.WriteAsString)] decimal Amount,
    [property: JsonPropertyName("generated")] long Generated,
    [property: JsonPropertyName("buffered")] long Buffered,
    [property: JsonPropertyName("started_at")] DateTimeOffset StartedAt,
    [property: JsonPropertyName("process_id")] int ProcessId);

using System.Text.Json;
using Fintech.Contracts;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>Tells the dashboard that a batch is in the warehouse. A lost bell loses nothing: numbers come from the warehouse.</summary>
internal static class Doorbell
{
    private const int LargestSample = 20;
    private const int MostAlerts = 100;
    private const int FeedLength = 10_000;

    public static Task RingAsync(IDatabase redis, FeedEntry entry) => redis.StreamAddAsync(
        StreamNames.Feed,
        StreamNames.PayloadField,
        JsonSerializer.SerializeToUtf8Bytes(entry, ContractsJson.Default.FeedEntry),
        maxLength: FeedLength,
        useApproximateMaxLength: true);

    public static FeedEntry Entry(
        int partition,
        MicroBatch batch,
        IReadOnlyList<ScoredTransaction> scored,
        IReadOnlyList<string> traces,
        DateTimeOffset committedAt) => new()
    {
        Partition = partition,
        From = batch.From.ToString(),
        To = batch.To.ToString(),
        Count = scored.Count,
        CommittedAt = committedAt,
        Sample = [.. Sample(scored).Select(Shown)],
        Alerts = [.. scored.Where(row => row.Alert is not null).Take(MostAlerts).Select(row => row.Row.Event.Key.TransactionId)],
        Traces = traces,
    };

    /// <summary>Every row has the same chance, whatever the size of the batch.</summary>
    private static IEnumerable<ScoredTransaction> Sample(IReadOnlyList<ScoredTransaction> scored)
    {
        if (scored.Count <= LargestSample)
            return scored;

        var chosen = scored.ToArray();
        Random.Shared.Shuffle(chosen);
        return chosen.Take(LargestSample).OrderBy(row => row.Row.Event.Entry);
    }

    private static FeedTransaction Shown(ScoredTransaction scored) => new()
    {
        TransactionId = scored.Row.Event.Key.TransactionId,
        CustomerId = scored.Row.Event.CustomerId,
        Amount = scored.Row.Event.Content.Amount,
        Currency = scored.Row.Event.Content.Currency,
        MerchantName = scored.Row.Event.Content.MerchantName,
        Category = scored.Row.Category,
        OccurredAt = scored.Row.Event.Content.OccurredAt,
        ReceivedAt = scored.Row.Event.ReceivedAt,
        Alert = scored.Alert is not null,
    };
}

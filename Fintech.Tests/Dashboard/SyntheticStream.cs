using System.Text.Json;
using Fintech.Contracts;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Tests.Dashboard;

/// <summary>
/// What the dashboard sees of a worker under load, without one: ten commits a second of sums, alerts and a sample of the rows, each followed by
/// its bells. A painted warehouse (<see cref="Scenery"/>) has the merchants and customers.
/// </summary>
internal sealed class SyntheticStream : IAsyncDisposable
{
    private const int Partitions = 8;
    private const int LargestSample = 20;   // As the worker's bells have it.
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly Stage stage;
    private readonly double perBeat;
    private readonly double alertShare;
    private readonly Random random = new(11);
    private readonly string name = Guid.NewGuid().ToString("n")[..6];
    private readonly List<(long Key, string Name, string Category)> merchants = [];
    private readonly CancellationTokenSource stopping = new();
    private IAsyncDisposable? session;
    private Task running = Task.CompletedTask;
    private double owed;
    private long number;

    private SyntheticStream(Stage stage, double perSecond, double alertShare)
    {
        this.stage = stage;
        perBeat = perSecond * Beat.TotalSeconds;
        this.alertShare = alertShare;
    }

    /// <summary>Committed so far.</summary>
    public long Transactions { get; private set; }

    public static async Task<SyntheticStream> StartAsync(Stage stage, double perSecond, CancellationToken cancellationToken, double alertShare = 0.003)
    {
        var stream = new SyntheticStream(stage, perSecond, alertShare);
        await using var command = stage.Warehouse.DataSource.CreateCommand("select merchant_key, merchant_name, category from dw.dim_merchant where merchant_key > 0 order by merchant_key");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            stream.merchants.Add((reader.GetInt64(0), reader.GetString(1), reader.GetString(2)));
        stream.session = await stage.HoldStreamsAsync(cancellationToken);
        stream.running = Task.Run(stream.RunAsync, cancellationToken);
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }

        if (session is not null)
            await session.DisposeAsync();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Beat);
        while (await timer.WaitForNextTickAsync(stopping.Token))
        {
            owed += perBeat;
            var transactions = (long)owed;
            owed -= transactions;
            if (transactions > 0)
                await CommitAsync(transactions);
        }
    }

    private async Task CommitAsync(long transactions)
    {
        var now = DateTimeOffset.UtcNow;
        var batches = Enumerable.Range(0, Partitions)
            .Select(partition => (Partition: partition, Count: transactions / Partitions + (partition < transactions % Partitions ? 1 : 0)))
            .Where(batch => batch.Count > 0)
            .Select(batch => (batch.Partition, batch.Count, Rows: RowsOf(batch.Partition, (int)Math.Min(batch.Count, LargestSample), batch.Count, now)))
            .ToList();
        await WriteAsync(batches.SelectMany(batch => batch.Rows).ToList(), batches.SelectMany(batch => SumsOf(batch.Partition, batch.Count, batch.Rows)).ToList(), now);
        Transactions += transactions;
        foreach (var (partition, count, rows) in batches)
            await RingAsync(partition, count, rows, now);
    }

    private List<Row> RowsOf(int partition, int sample, long count, DateTimeOffset now)
    {
        var rows = new List<Row>(sample);
        // Every alert is written, also those of the rows that are only counted.
        var alerts = (int)(alertShare * count) + (random.NextDouble() < alertShare * count % 1 ? 1 : 0);
        for (var i = 0; i < sample; i++)
        {
            var merchant = merchants[(int)(merchants.Count * Math.Pow(random.NextDouble(), 1.5))];
            var alerting = i < alerts;
            var amount = alerting ? 3000.01 + 2500 * random.NextDouble() : Math.Exp(4.1 + 0.9 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            rows.Add(new Row($"{name}-{++number:d8}", merchant.Key, merchant.Name, merchant.Category, random.Next(1, 15_000),
                Math.Round((decimal)Math.Clamp(amount, 0.5, alerting ? 9_999 : 2_900), 2), now.AddMilliseconds(-30 - 60 * random.NextDouble()), (short)partition, alerting ? HighValueScore(amount) : (short)0));
        }

        return rows;
    }

    /// <summary>As the worker scores its high-value rule: 50 at the threshold, 75 at twice of it.</summary>
    private static short HighValueScore(double amount) => (short)Math.Round(50 + 50 * Math.Min(1, Math.Log2(amount / 3000) / 2));

    /// <summary>The sample stands for the batch: what the shares of its categories do not add up to goes to the first.</summary>
    private static IEnumerable<Sum> SumsOf(int partition, long count, List<Row> rows)
    {
        var groups = rows.GroupBy(row => row.Category).Select(group => (Category: group.Key, Transactions: count * group.Count() / rows.Count, Mean: group.Average(row => row.Amount))).ToList();
        var rest = count - groups.Sum(group => group.Transactions);
        return groups.Select((group, index) =>
        {
            var transactions = group.Transactions + (index == 0 ? rest : 0);
            return new Sum((short)partition, group.Category, transactions, Math.Round(group.Mean * transactions, 2));
        });
    }

    private async Task WriteAsync(List<Row> rows, List<Sum> sums, DateTimeOffset now)
    {
        await using var command = stage.Warehouse.DataSource.CreateCommand(await Scenery.ReadAsync("synthetic_commit.sql", stopping.Token));
        object[] parameters =
        [
            rows.ConvertAll(row => row.Id), rows.ConvertAll(row => row.MerchantKey), rows.ConvertAll(row => row.CustomerKey), rows.ConvertAll(row => row.Amount),
            rows.ConvertAll(row => row.At.UtcDateTime), rows.ConvertAll(row => row.Partition), rows.ConvertAll(row => row.Score),
            sums.ConvertAll(sum => sum.Partition), sums.ConvertAll(sum => sum.Category), sums.ConvertAll(sum => sum.Transactions), sums.ConvertAll(sum => sum.Amount),
            now.UtcDateTime,
        ];
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await command.ExecuteNonQueryAsync(stopping.Token);
    }

    private Task RingAsync(int partition, long count, List<Row> rows, DateTimeOffset now)
    {
        var entry = new FeedEntry
        {
            Partition = partition,
            From = "0-0",
            To = "0-0",
            Count = (int)count,
            CommittedAt = now,
            Sample = rows.ConvertAll(row => new FeedTransaction
            {
                TransactionId = row.Id,
                CustomerId = row.CustomerKey,
                Amount = row.Amount,
                Currency = "USD",
                MerchantName = row.Merchant,
                Category = row.Category,
                OccurredAt = row.At,
                ReceivedAt = row.At,
                Alert = row.Score > 0,
            }),
            Alerts = [.. rows.Where(row => row.Score > 0).Select(row => row.Id)],
        };
        return stage.Redis.GetDatabase().StreamAddAsync(
            StreamNames.Feed, StreamNames.PayloadField, JsonSerializer.SerializeToUtf8Bytes(entry, ContractsJson.Default.FeedEntry), maxLength: 10_000, useApproximateMaxLength: true);
    }

    private sealed record Row(string Id, long MerchantKey, string Merchant, string Category, long CustomerKey, decimal Amount, DateTimeOffset At, short Partition, short Score);

    private sealed record Sum(short Partition, string Category, long Transactions, decimal Amount);
}

using Fintech.Contracts;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Batch;
using Xunit;
using Tally = Fintech.Etl.Worker.Batch.Tally;

namespace Fintech.Tests.Quarantine;

/// <summary>A warehouse whose quarantine is filled by a pass, and by what a stream rejected.</summary>
internal sealed class QuarantineBench(BatchBench batch) : IAsyncDisposable
{
    public const string Actor = "command: tester";

    /// <summary>Four good rows, and five that are not: 5 zero, 6 negative, 7 missing, 8 of tomorrow and more, 9 without date.</summary>
    private const string Seed = """
        insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01');
        insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) values
            (1, 1, '2026-01-05 10:00', 1, 'Corner Cafe'), (2, 1, '2026-01-05 10:01', 2, 'Green Grocer'),
            (3, 1, '2026-01-05 10:02', 3, 'Corner Cafe'), (4, 1, '2026-01-05 10:03', 4, 'Corner Cafe'),
            (5, 1, '2026-01-05 10:04', 0, 'Corner Cafe'), (6, 1, '2026-01-05 10:05', -6, 'Corner Cafe'),
            (7, 1, '2026-01-05 10:06', null, 'Green Grocer'), (8, 1, '2040-01-01 00:00', 8, 'New Place'), (9, 1, null, 9, 'Corner Cafe')
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public BatchBench Batch => batch;

    public QuarantineBook Book { get; private set; } = null!;

    public static async Task<QuarantineBench> CreateAsync(Servers servers)
    {
        var bench = new QuarantineBench(await BatchBench.CreateAsync(servers));
        await bench.Batch.SourceAsync(Seed);
        await bench.Batch.RunAsync();
        var keys = new PiiKeyRing(bench.Batch.Warehouse.DataSource, Microsoft.Extensions.Options.Options.Create(new PrivacyOptions { PiiKey = BatchBench.Secret }));
        await keys.OpenAsync(Token);
        bench.Book = new QuarantineBook(bench.Batch.Warehouse.DataSource, keys);
        return bench;
    }

    /// <summary>The number under which the row with this key was rejected.</summary>
    public Task<long> IdAsync(string key) => batch.ReadAsync<long>($"select max(rejected_id) from etl.rejected_row where record_key = '{key}'");

    public async Task FixAsync(string key, params string[] assignments) =>
        await Book.FixAsync(await IdAsync(key), assignments, null, Actor, Token);

    public async Task<Replay> CreateReplayAsync() => new(
        batch.Warehouse.DataSource, await batch.CreatePassAsync(), Microsoft.Extensions.Options.Options.Create(batch.Options),
        Microsoft.Extensions.Options.Options.Create(new StreamOptions()));

    /// <summary>All passes of one replay.</summary>
    public async Task<List<PassReport>> ReplayAsync(RejectedFilter? filter = null, CancellationToken? cancellationToken = null)
    {
        var replay = await CreateReplayAsync();
        var plan = await replay.PlanAsync(filter ?? new RejectedFilter(), cancellationToken ?? Token);
        var reports = new List<PassReport>();
        foreach (var part in plan.Batches)
            reports.Add(await replay.RunAsync(part, Actor, new PassReport(), cancellationToken ?? Token));
        return reports;
    }

    public async Task<ReplayPlan> PlanAsync(RejectedFilter? filter = null) => await (await CreateReplayAsync()).PlanAsync(filter ?? new RejectedFilter(), Token);

    public async Task EraseAsync(long customerId) => await new Erasure(
            batch.Warehouse.DataSource, await batch.OpenKeysAsync(), Microsoft.Extensions.Options.Options.Create(batch.Options))
        .RunAsync(customerId, rehearse: false, Actor, Token);

    /// <summary>As the stream path leaves it.</summary>
    public Task RejectEventAsync(TransactionEvent message, string check)
    {
        var json = System.Text.Json.JsonSerializer.Serialize(message, ContractsJson.Default.TransactionEvent).Replace("'", "''", StringComparison.Ordinal);
        return batch.WarehouseAsync($"""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, payload, content_hash)
            values (1, 'transactions:3', '{message.Source ?? "stream"}', '{message.TransactionId}', '{check}', 'The field {check} is wrong.', '{json}', '\x{Convert.ToHexString(batch.Key.HashRow(json))}')
            """);
    }

    public Task<List<string>> StatesAsync() =>
        batch.ListAsync("select concat_ws(' ', record_key, check_name, status) from etl.rejected_row order by rejected_id");

    /// <summary>Facts and aggregates say the same.</summary>
    public async Task AssertFactsAsync(Tally expected)
    {
        Assert.Equal(expected, await batch.FactsAsync());
        Assert.Equal(expected, new Tally(
            await batch.ReadAsync<long>("select coalesce(sum(transactions), 0)::bigint from dw.agg_minute_total"),
            await batch.ReadAsync<decimal>("select coalesce(sum(amount), 0) from dw.agg_minute_total")));
        Assert.Equal(expected, new Tally(
            await batch.ReadAsync<long>("select coalesce(sum(transactions), 0)::bigint from dw.agg_minute_category"),
            await batch.ReadAsync<decimal>("select coalesce(sum(amount), 0) from dw.agg_minute_category")));
    }

    public ValueTask DisposeAsync() => batch.DisposeAsync();
}

using System.Globalization;
using Fintech.Contracts;
using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.History;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Batch;
using Fintech.Tests.Streaming;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace Fintech.Tests.History;

/// <summary>Roll-ups are never believed where they do not count every fact: whatever happened, the functions say what the facts say.</summary>
public sealed class RollupTests(Servers servers)
{
    private const int Days = 75;

    /// <summary>In two quarters: there is a year to be rolled up.</summary>
    private static readonly DateTime Begin = new(2026, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_in_between_the_functions_say_what_the_facts_say(int seed)
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new() { DirectLoadRows = 50 };
        await bench.SourceAsync("insert into customers select i, 'F' || i, 'L' || i, i || '@example.org', '2020-01-01' from generate_series(1, 20) i");
        var rollup = new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System);
        var random = new Random(seed);
        await AddRowsAsync(bench, random, 300);
        await bench.RunAsync();     // The direct load.
        var unknown = 0;
        for (var step = 0; step < 14; step++)
        {
            var done = await StepAsync();
            await HistoryTruth.AssertAgreesAsync(bench.Warehouse, Begin, Days, random, $"step {step} of seed {seed}, {done}", Token);
        }

        // And in the end all of it is rolled up: no step left anything that cannot be.
        await rollup.RollAllAsync(Token);
        Assert.Empty(await rollup.StaleAsync(Token));
        Assert.Equal((2, 1), (await HistoryTruth.SpansAsync(bench.Warehouse, "quarter", Token), await HistoryTruth.SpansAsync(bench.Warehouse, "year", Token)));
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, Begin, Days, random, $"the end of seed {seed}", Token);
        Assert.Equal(await bench.ReadAsync<long>("select count(distinct date_key) from dw.fact_transactions"), await bench.ReadAsync<long>("select count(*) from dw.history_span where unit = 'day' and facts > 0"));

        async Task<string> StepAsync()
        {
            switch (random.Next(9))
            {
                case 0 or 1:
                    await rollup.RollAllAsync(Token);
                    return "a roll-up of everything";
                case 2:
                    var stale = RollupWork.Of(await rollup.StaleAsync(Token));
                    if (stale.Count > 0)
                        await rollup.RollAsync(stale[random.Next(stale.Count)], Token);
                    return "a roll-up of some";
                case 3:
                    await KilledRollupAsync(bench, rollup);
                    return "a killed roll-up";
                case 4:
                    await AddRowsAsync(bench, random, 1 + random.Next(40));
                    await bench.RunAsync();
                    return "a pass";
                case 5:
                    await bench.SourceAsync($"update transactions set amount = amount + 1 where transaction_id % 37 = {random.Next(37)}; delete from transactions where transaction_id % 41 = {random.Next(41)}");
                    await RepairAsync(bench);
                    return "a repair";
                case 6:
                    // An inferred merchant gets its category in place.
                    bench.Merchants.Add(BatchBench.Merchant($"Unknown {unknown++}", "Travel"));
                    await bench.RunAsync();
                    return "a merchant's introduction";
                case 7:
                    await bench.WarehouseAsync($"update dw.dim_customer set customer_id = -1 - (random() * 1e15)::bigint, is_erased = true where customer_id = {1 + random.Next(20)}");
                    return "an erasure";
                default:
                    await bench.WarehouseAsync($"update dw.fact_transactions set occurred_at = occurred_at + interval '1 day', date_key = to_char(occurred_at + interval '1 day', 'YYYYMMDD')::int where transaction_id = '{1 + random.Next(300)}'");
                    return "somebody's hand";
            }
        }
    }

    [Fact]
    public async Task Late_events_of_a_stream_reopen_their_day_and_its_month()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var rollup = new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System);
        var random = new Random(5);
        var now = DateTime.UtcNow.Date;
        for (var i = 0; i < 120; i++)
            await bench.SendAsync(At($"t-{i}", now.AddDays(-random.Next(1, Days)).AddMinutes(random.Next(1440)), random), i % 2);
        await Task.WhenAll(bench.DrainAsync(0), bench.DrainAsync(1));
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, now.AddDays(-Days), Days, random, "the stream", Token);
        await rollup.RollAllAsync(Token);
        var (days, months) = (await HistoryTruth.SpansAsync(bench.Warehouse, "day", Token), await HistoryTruth.SpansAsync(bench.Warehouse, "month", Token));
        Assert.True(days > 30 && months >= 2, $"Only {days} days and {months} months are rolled up.");

        var late = await bench.ScalarAsync<DateTime>("select min(occurred_at) from dw.fact_transactions");
        await bench.SendAsync(At("late-1", late.AddSeconds(1), random));
        await bench.SendAsync(At("late-1", late.AddSeconds(1), random), 1);     // The same once more: counts once.
        await Task.WhenAll(bench.DrainAsync(0), bench.DrainAsync(1));

        Assert.Equal((days - 1, months - 1), (await HistoryTruth.SpansAsync(bench.Warehouse, "day", Token), await HistoryTruth.SpansAsync(bench.Warehouse, "month", Token)));
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, now.AddDays(-Days), Days, random, "a late event", Token);
        await rollup.RollAllAsync(Token);
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, now.AddDays(-Days), Days, random, "its roll-up", Token);
        Assert.Equal(days, await HistoryTruth.SpansAsync(bench.Warehouse, "day", Token));

        static TransactionEvent At(string id, DateTime at, Random random) =>
            Workbench.Event(id, random.Next(100, 500_000) / 100m, 1 + random.Next(20), $"Merchant {random.Next(5)}") with { Timestamp = at };
    }

    [Fact]
    public async Task What_commits_after_the_roll_up_began_is_not_taken_for_counted()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await AddRowsAsync(bench, new Random(1), 100);
        await bench.RunAsync();
        var rollup = new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System);
        await using var writer = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await writer.BeginTransactionAsync(Token);
        await using (var write = new NpgsqlCommand($"""
            insert into dw.fact_transactions select 'late', source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at, 7.77, currency, null, load_id from dw.fact_transactions limit 1;
            insert into dw.history_mark as h select (occurred_at at time zone 'UTC')::date, 0, 1 from dw.fact_transactions where transaction_id = 'late'
            on conflict (day, slot) do update set marks = h.marks + 1
            """, writer))
        {
            await write.ExecuteNonQueryAsync(Token);
        }

        await rollup.RollAllAsync(Token);
        Assert.Empty(await rollup.StaleAsync(Token));
        await transaction.CommitAsync(Token);

        Assert.Equal(["day", "month"], (await rollup.StaleAsync(Token)).Select(span => span.Unit).Order());
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, Begin, Days, new Random(1), "a commit after the roll-up", Token);
    }

    [Fact]
    public async Task A_merchant_that_is_recategorised_waits_for_the_roll_up_and_none_begins_before_it_is_done()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await AddRowsAsync(bench, new Random(1), 100);
        await bench.RunAsync();
        var rollup = new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System);
        await rollup.RollAllAsync(Token);
        await bench.SourceAsync("delete from transactions");
        await AddRowsAsync(bench, new Random(2), 10);
        await bench.RunAsync();
        var work = RollupWork.Of(await rollup.StaleAsync(Token));
        Assert.NotEmpty(work);

        await using var writer = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await writer.BeginTransactionAsync(Token);
        await using (var write = new NpgsqlCommand("update dw.dim_merchant set category = 'Travel', is_inferred = false where is_inferred and merchant_key > 0", writer))
            Assert.True(await write.ExecuteNonQueryAsync(Token) > 0);
        Assert.False(await rollup.RollAsync(work[0], Token));
        await transaction.CommitAsync(Token);
        Assert.True(await rollup.RollAsync(work[0], Token));
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, Begin, Days, new Random(1), "a merchant's category", Token);
    }

    [Fact]
    public async Task The_service_rolls_up_what_is_quiet_and_renews_the_statistics()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new() { DirectLoadRows = 50 };
        await AddRowsAsync(bench, new Random(3), 12_000);
        await bench.RunAsync();
        var ready = new WarehouseReady();
        ready.Set();
        using var service = new HistoryService(
            new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System), ready, Options.Create(new HistoryOptions { Interval = TimeSpan.FromMilliseconds(50) }), TimeProvider.System,
            NullLogger<HistoryService>.Instance);
        await service.StartAsync(Token);
        await Eventually.IsTrueAsync("every day and month to be rolled up and analysed", async token =>
            await HistoryTruth.SpansAsync(bench.Warehouse, "day", token) == Days && await HistoryTruth.SpansAsync(bench.Warehouse, "month", token) >= 3 && await HistoryTruth.SpansAsync(bench.Warehouse, "year", token) == 1
            && await bench.ReadAsync<float>("select reltuples from pg_class where oid = 'dw.fact_transactions'::regclass") > 10_000, TimeSpan.FromMinutes(2), Token);
        await service.StopAsync(Token);
        await HistoryTruth.AssertAgreesAsync(bench.Warehouse, Begin, Days, new Random(1), "the service", Token);
    }

    private static async Task AddRowsAsync(BatchBench bench, Random random, int rows)
    {
        var values = Enumerable.Range(0, rows).Select(_ => string.Create(CultureInfo.InvariantCulture,
            $"({(random.Next(9) == 0 ? "null" : 1 + random.Next(20))}, timestamp '{Begin.AddDays(random.Next(Days)).AddSeconds(random.Next(86_400)):yyyy-MM-dd HH:mm:ss}', {random.Next(1, 900_000) / 100m}, '{(random.Next(3) == 0 ? $"Unknown {random.Next(6)}" : random.Next(2) == 0 ? "Corner Cafe" : "Green Grocer")}')"));
        await bench.SourceAsync("insert into customers select i, 'F' || i, 'L' || i, i || '@example.org', '2020-01-01' from generate_series(1, 20) i on conflict do nothing");
        await bench.SourceAsync($"insert into transactions (customer_id, transaction_date, amount, merchant_details) values {string.Join(',', values)}");
    }

    /// <summary>Its session is ended while it writes, as a kill of the worker or the server would.</summary>
    private static async Task KilledRollupAsync(BatchBench bench, HistoryRollup rollup)
    {
        if (RollupWork.Of(await rollup.StaleAsync(Token)) is not [var work, ..])
            return;
        await using var blocker = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await blocker.BeginTransactionAsync(Token);
        await using (var hold = new NpgsqlCommand("lock table dw.history_span in exclusive mode", blocker))
            await hold.ExecuteNonQueryAsync(Token);
        var rolling = rollup.RollAsync(work, Token);
        await using var administrator = NpgsqlDataSource.Create(bench.Warehouse.ConnectionString);
        await Eventually.IsTrueAsync("the roll-up to be killed", async token =>
        {
            await using var kill = administrator.CreateCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%history_span%'");
            return (long)(await kill.ExecuteScalarAsync(token))! > 0;
        }, TimeSpan.FromSeconds(60), Token);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => rolling);
    }

    private static async Task RepairAsync(BatchBench bench)
    {
        var audit = new SourceAudit(
            bench.Source, bench.Warehouse.DataSource, await bench.CreatePassAsync(), await bench.OpenKeysAsync(), Options.Create(bench.Options), new AuditTelemetry(bench.Meters), TimeProvider.System);
        await audit.RunAsync(new AuditRequest("test", true, 100), Token);
    }
}

using Fintech.Dashboard;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Live.Warehouse;
using Fintech.Tests.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Dashboard;

public sealed class LiveReaderTests(Servers servers) : IAsyncLifetime
{
    /// <summary>Thirty seconds into a minute.</summary>
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 14, 30, 30, TimeSpan.Zero);
    private static readonly DateTimeOffset Minute = new(2026, 3, 10, 14, 30, 0, TimeSpan.Zero);

    private WarehouseDatabase warehouse = null!;
    private NpgsqlDataSource readable = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        var builder = new NpgsqlDataSourceBuilder(warehouse.ConnectionString);
        WarehouseConnection.ConfigureReader(builder);
        readable = builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await readable.DisposeAsync();
        await warehouse.DisposeAsync();
    }

    [Fact]
    public async Task Five_minutes_are_the_minute_under_way_and_the_four_before_it_to_the_cent()
    {
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-5), 0, 1_000, 1_000.00m, Token);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-4), 0, 3, 10.01m, Token, alerts: 1);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-4), 7, 4, 20.02m, Token, category: "Travel");
        await warehouse.AddMinuteAsync(Minute, 3, 5, 0.99m, Token, alerts: 2);
        await warehouse.AddMinuteAsync(Minute, 3, 2, 7.50m, Token, currency: "EUR");
        await warehouse.AddMinuteAsync(Minute, WarehouseRows.BatchSlot, 500, 500.00m, Token);

        var sums = (await ReadAsync(NewReader(), LiveWindow.FiveMinutes, Now)).Sums;

        Assert.Equal(14, sums.Transactions);
        Assert.Equal(3, sums.Alerts);
        Assert.Equal([new Money("USD", 31.02m), new Money("EUR", 7.50m)], sums.Value);
        Assert.Equal(
            [new("Groceries", 8, 11.00m, "USD"), new("Travel", 4, 20.02m, "USD"), new CategoryTotal("Groceries", 2, 7.50m, "EUR")],
            sums.Categories);
    }

    [Fact]
    public async Task One_minute_takes_half_of_the_minute_before_when_half_a_minute_has_passed()
    {
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-2), 0, 40, 40.00m, Token, alerts: 2);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-1), 0, 20, 20.00m, Token, alerts: 4);
        await warehouse.AddMinuteAsync(Minute, 3, 5, 0.99m, Token);

        var window = await ReadAsync(NewReader(), LiveWindow.OneMinute, Now);

        Assert.Equal((15L, 2L), (window.Sums.Transactions, window.Sums.Alerts));
        Assert.Equal([new Money("USD", 10.99m)], window.Sums.Value);
        Assert.Equal(15, window.Sums.Categories.Single().Transactions);
        Assert.Equal((30L, 3L), (window.Previous!.Transactions, window.Previous.Alerts));
    }

    [Fact]
    public async Task The_lines_of_the_figures_are_steps_of_their_window()
    {
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-14), 0, 3, 3.00m, Token, alerts: 1);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-14), 1, 4, 4.00m, Token);
        await warehouse.AddMinuteAsync(Minute, 0, 1, 0.50m, Token);
        await warehouse.AddMinuteAsync(Minute, WarehouseRows.BatchSlot, 900, 900.00m, Token);

        var trends = (await NewReader().ReadAsync([LiveWindow.FiveMinutes, LiveWindow.Today, LiveWindow.All], Now, Token)).Trends;

        var five = trends[LiveWindow.FiveMinutes].Build(null);
        Assert.Equal((15, 7L, 7.00m, 1L), (five.Transactions.Count, five.Transactions[0], five.Value[0], five.Alerts[0]));
        Assert.Equal((1L, 0.50m), (five.Transactions[^1], five.Value[^1]));
        Assert.Equal((30, 8L), (trends[LiveWindow.Today].Build(null).Transactions.Count, trends[LiveWindow.Today].Build(null).Transactions.Sum()));
        Assert.DoesNotContain(LiveWindow.All, trends.Keys);
    }

    [Fact]
    public async Task An_hour_is_the_minute_under_way_and_the_59_before_it()
    {
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-60), 0, 1, 1.00m, Token);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-59), 0, 2, 2.22m, Token);
        await warehouse.AddMinuteAsync(Minute, 0, 3, 3.33m, Token);

        var window = await ReadAsync(NewReader(), LiveWindow.Hour, Now);

        Assert.Equal([new Money("USD", 5.55m)], window.Sums.Value);
        Assert.Equal([new Money("USD", 0.50m)], window.Previous!.Value);
    }

    [Fact]
    public async Task The_window_before_counts_as_much_time_as_has_passed_of_this_one()
    {
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-10), 0, 1_000, 1_000.00m, Token);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-9), 0, 8, 8.08m, Token, alerts: 1);
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-6), 1, 4, 4.04m, Token);

        // Half a minute has passed, so half of the minute in which the window before ends counts.
        await warehouse.AddMinuteAsync(Minute.AddMinutes(-5), 1, 100, 50.50m, Token, alerts: 4);

        var previous = (await ReadAsync(NewReader(), LiveWindow.FiveMinutes, Now)).Previous!;

        Assert.Equal(62, previous.Transactions);
        Assert.Equal([new Money("USD", 37.37m)], previous.Value);
        Assert.Equal(3, previous.Alerts);
    }

    [Fact]
    public async Task Today_begins_at_midnight_of_the_configured_zone()
    {
        var midnight = new DateTimeOffset(2026, 3, 10, 0, 0, 0, TimeSpan.FromHours(1));
        await warehouse.AddMinuteAsync(midnight.AddMinutes(-1), 0, 1, 1.00m, Token);
        await warehouse.AddMinuteAsync(midnight, 0, 2, 2.00m, Token);
        await warehouse.AddMinuteAsync(Minute, 0, 3, 3.00m, Token);
        await warehouse.AddMinuteAsync(Minute.AddDays(-1), 0, 10, 10.00m, Token);

        var window = await ReadAsync(NewReader("Europe/Berlin"), LiveWindow.Today, Now);

        Assert.Equal(5, window.Sums.Transactions);
        Assert.Equal([new Money("USD", 5.00m)], window.Sums.Value);

        // Of yesterday what lies before this time of day: half of the minute 14:30, and not its last minute.
        Assert.Equal(5, window.Previous!.Transactions);
    }

    [Fact]
    public async Task All_is_stream_and_batch_and_alerts_are_related_to_the_stream()
    {
        await warehouse.AddMinuteAsync(Minute.AddDays(-400), WarehouseRows.BatchSlot, 100_000, 5_000_000.01m, Token);
        await warehouse.AddMinuteAsync(Minute.AddDays(-40), 2, 10, 1.10m, Token, alerts: 1);
        await warehouse.AddMinuteAsync(Minute, 3, 10, 1.10m, Token, alerts: 1);

        var reading = await NewReader().ReadAsync([LiveWindow.All], Now, Token);
        var window = reading.Windows[LiveWindow.All];

        Assert.Equal([new Money("USD", 5_000_002.21m)], window.Sums.Value);
        Assert.Equal(100_020, window.Sums.Categories.Single().Transactions);
        Assert.Equal((20, 2), (window.Sums.Streamed, window.Sums.Alerts));
        Assert.Equal(20, reading.Streamed);
        Assert.Null(window.Previous);
    }

    [Fact]
    public async Task Long_windows_stay_exact_while_a_partition_catches_up_into_minutes_long_past()
    {
        var reader = NewReader();
        var old = Minute.AddHours(-3);
        await warehouse.CheckpointAsync(0, Minute, 1, Token);
        await warehouse.CheckpointAsync(1, old, 1, Token);
        await warehouse.AddMinuteAsync(Minute, 0, 1, 1.00m, Token);
        await warehouse.AddMinuteAsync(old, 1, 1, 1.00m, Token);
        await AssertSumsAsync(reader, Now, today: 2, all: 2);

        for (var step = 1; step <= 20; step++)
        {
            var minute = old.AddMinutes(step * 8);
            await warehouse.AddMinuteAsync(minute, 1, 10, 0.10m, Token);
            await warehouse.CheckpointAsync(1, minute, 1 + step * 10, Token);
            await warehouse.AddMinuteAsync(Minute, 0, 1, 0.01m, Token);
            await warehouse.CheckpointAsync(0, Minute.AddSeconds(step), 1 + step, Token);
            await AssertSumsAsync(reader, Now.AddSeconds(step), today: 2 + step * 11, all: 2 + step * 11);
        }
    }

    [Fact]
    public async Task Long_windows_stay_exact_when_a_batch_run_loads_and_over_hours_and_midnight()
    {
        var reader = NewReader();
        await warehouse.CheckpointAsync(0, Minute, 1, Token);
        await warehouse.AddMinuteAsync(Minute, 0, 1, 1.00m, Token);
        await AssertSumsAsync(reader, Now, today: 1, all: 1);

        await warehouse.AddMinuteAsync(Minute.AddDays(-3), WarehouseRows.BatchSlot, 70, 70.00m, Token);
        await warehouse.ExecuteAsync(
            "insert into etl.run (kind, status, trigger, host, rows_read, rows_loaded) values ('batch', 'succeeded', 'test', 'test', 70, 70)", Token);
        await AssertSumsAsync(reader, Now.AddSeconds(1), today: 1, all: 71);

        for (var hour = 1; hour <= 12; hour++)
        {
            var minute = Minute.AddHours(hour);
            await warehouse.AddMinuteAsync(minute, 0, 1, 1.00m, Token);
            await warehouse.CheckpointAsync(0, minute, 1 + hour, Token);
            await AssertSumsAsync(reader, Now.AddHours(hour), today: minute.Day == Minute.Day ? 1 + hour : hour - 9, all: 71 + hour);
        }
    }

    [Fact]
    public async Task Alerts_are_the_newest_fifty_with_what_fired_them()
    {
        for (var i = 0; i < 55; i++)
            await warehouse.AddAlertAsync($"t-{i:00}", 3_000.01m + i, Now.AddSeconds(-i), Token, customerId: i);

        var books = (await NewReader().ReadAsync([], Now, Token)).Books;

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"t-{i:00}"), books.Alerts.Select(alert => alert.Id));
        var newest = books.Alerts[0];
        Assert.Equal((3_000.01m, "USD", 0L), (newest.Amount, newest.Currency, newest.CustomerId));
        Assert.Equal(("Luxury Watches", "Jewellery"), (newest.Merchant, newest.Category));
        Assert.Equal(("high", 86, 12), (newest.Severity, newest.Score, newest.RuleSetVersion));
        Assert.Equal(Now, newest.CommittedAt);
        Assert.Equal([new RuleHit("high-value", "amount", 4500.00m, 3000.00m, "USD")], newest.Hits);
        Assert.Equal(55, books.AlertPoints.Count);
    }

    [Fact]
    public async Task The_books_tell_threshold_quarantine_last_commit_and_the_newest_batch_run()
    {
        await warehouse.ExecuteAsync(
            """
            insert into etl.rule_set (rules, created_by)
            values ('[{"rule":"high-value","enabled":true,"threshold":2500.5,"currency":"USD"}]', 'test')
            """, Token);
        await warehouse.ExecuteAsync(
            """
            insert into etl.run (kind, status, trigger, host, finished_at,
                rows_read, amount_read, rows_loaded, amount_loaded, rows_quarantined, amount_quarantined)
            values ('batch', 'succeeded', 'test', 'test', clock_timestamp(), 10, 100.00, 8, 90.00, 2, 10.00)
            """, Token);
        await warehouse.ExecuteAsync(
            """
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, payload, content_hash, status)
            select 1, 'transactions', 'ledger', i::text, 'amount', 'amount not positive', '{}', ''::bytea,
                case when i < 3 then 'open' else 'discarded' end
            from generate_series(1, 4) i
            """, Token);
        await warehouse.CheckpointAsync(0, Now.AddMinutes(-1), 5, Token);
        await warehouse.CheckpointAsync(1, Now, 0, Token);

        var reading = await NewReader().ReadAsync([], Now, Token);

        Assert.Equal(2500.5m, reading.Books.Threshold);
        Assert.Equal(2, reading.Quarantined);
        Assert.Equal(Now.AddMinutes(-1), reading.Books.LastCommitAt);
        var batch = reading.Books.Batch!;
        Assert.Equal((8L, 90.00m, 2L, true), (batch.RowsLoaded, batch.AmountLoaded, batch.RowsQuarantined, batch.Reconciled));
    }

    [Fact]
    public async Task The_dashboard_cannot_write_by_mistake()
    {
        await using var command = readable.CreateCommand("insert into etl.command (name, requested_by) values ('run', 'me')");
        var fault = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, fault.SqlState);
    }

    private async Task AssertSumsAsync(LiveReader reader, DateTimeOffset now, long today, long all)
    {
        var reading = await reader.ReadAsync([LiveWindow.Today, LiveWindow.All], now, Token);
        var fresh = await NewReader().ReadAsync([LiveWindow.Today, LiveWindow.All], now, Token);
        Assert.Equal((today, all), (reading.Windows[LiveWindow.Today].Sums.Transactions, reading.Windows[LiveWindow.All].Sums.Transactions));
        foreach (var window in (LiveWindow[])[LiveWindow.Today, LiveWindow.All])
        {
            Assert.Equal(fresh.Windows[window].Sums.Value, reading.Windows[window].Sums.Value);
            Assert.Equal(fresh.Windows[window].Sums.Categories, reading.Windows[window].Sums.Categories);
        }
    }

    private LiveReader NewReader(string zone = "UTC") => new(readable, Options.Create(new DashboardOptions { TimeZone = zone }));

    private static async Task<WindowReading> ReadAsync(LiveReader reader, LiveWindow window, DateTimeOffset now) =>
        (await reader.ReadAsync([window], now, Token)).Windows[window];
}

using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Producer;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>
/// A Redis that comes back with less than it had: flushed, failed over to an older replica, restored from an older file. An older
/// copy is made by DUMP and put back by RESTORE, which carry a stream's counters and groups as replication does.
/// </summary>
public sealed class RedisLossTests(Servers servers)
{
    private const string Stream = "transactions:0";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task A_flush_is_noticed_and_what_was_seen_unread_is_counted(int since)
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 10);
        await Workbench.DrainAsync(processor);
        await SendAsync(bench, 10, 5);
        await processor.WatchAsync(Token);
        await bench.Redis.ExecuteAsync("FLUSHDB");
        await Task.Delay(5, Token);     // Ids are of the millisecond: what comes after must not lie within that of what was there.
        await SendAsync(bench, 100, since);

        await processor.TendAsync(Token);
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);

        Assert.Equal(["reset 5"], await LossesAsync(bench));
        Assert.Equal(10L + since, await bench.FactsAsync());
        Assert.Equal((long)since, await ReadAsync(bench));
        await bench.AssertConsistentAsync();
    }

    /// <summary>
    /// Neither the look of every second nor the upkeep comes in between: what is read after the flush is past all that was seen.
    /// </summary>
    [Fact]
    public async Task A_flush_with_a_backlog_is_counted_before_what_came_after_it_is_committed()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 10 });
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 100);
        for (var batch = 0; batch < 5; batch++)
            await processor.RunOnceAsync(Token);
        await bench.Redis.ExecuteAsync("FLUSHDB");
        await Task.Delay(5, Token);
        await SendAsync(bench, 100, 30);

        await Workbench.DrainAsync(processor);
        Assert.Equal(["reset 50"], await LossesAsync(bench));
        Assert.Equal((80L, 30L), (await bench.FactsAsync(), await ReadAsync(bench)));
        await processor.TendAsync(Token);
        Assert.Equal(["reset 50"], await LossesAsync(bench));
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task An_older_copy_of_a_backlog_is_counted_before_what_came_after_it_is_committed()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 10 });
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 20);
        await processor.RunOnceAsync(Token);
        var copy = await bench.Redis.KeyDumpAsync(Stream);
        await SendAsync(bench, 20, 7);
        await processor.WatchAsync(Token);
        await RestoreAsync(bench, copy);
        await Task.Delay(5, Token);
        await SendAsync(bench, 100, 30);

        await Workbench.DrainAsync(processor);
        Assert.Equal(["older-copy 7"], await LossesAsync(bench));
        Assert.Equal((50L, 50L), (await bench.FactsAsync(), await ReadAsync(bench)));
        await bench.AssertConsistentAsync();
    }

    /// <summary>More was added to the new stream than to the old one, and by ids it goes on where that ended: only its epoch tells.</summary>
    [Fact]
    public async Task A_flush_is_noticed_by_a_worker_that_starts_after_it()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await SendAsync(bench, 0, 10);
        await bench.DrainAsync();
        await bench.Redis.ExecuteAsync("FLUSHDB");
        await SendAsync(bench, 100, 10);
        await bench.Redis.StreamTrimAsync(Stream, 0);
        await SendAsync(bench, 200, 7);

        await bench.DrainAsync();
        Assert.Equal(["reset 0"], await LossesAsync(bench));
        Assert.Equal((17L, 17L), (await bench.FactsAsync(), await ReadAsync(bench)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_older_copy_that_lacks_what_was_read_loses_and_doubles_nothing(bool restarted)
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 10);
        await Workbench.DrainAsync(processor);
        var copy = await bench.Redis.KeyDumpAsync(Stream);
        await SendAsync(bench, 10, 10);
        await Workbench.DrainAsync(processor);
        await RestoreAsync(bench, copy);
        await SendAsync(bench, 100, 15);

        await using var next = bench.Processor();
        var owner = restarted ? next : processor;
        if (!restarted)
            await owner.WatchAsync(Token);    // A look, as every second, is enough.
        await Workbench.DrainAsync(owner);
        await owner.TendAsync(Token);

        Assert.Equal(["older-copy 0"], await LossesAsync(bench));
        Assert.Equal((35L, 25L), (await bench.FactsAsync(), await ReadAsync(bench)));
        await bench.AssertConsistentAsync();
    }

    /// <summary>By its counts such a stream is in step with the checkpoint: entries lost were added after it, others have taken their places.</summary>
    [Theory]
    [InlineData(0, 20)]
    [InlineData(3, 20)]
    [InlineData(3, 0)]
    public async Task An_older_copy_that_lacks_only_what_was_unread_is_noticed_too(int kept, int since)
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 10);
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
        await SendAsync(bench, 10, kept);
        var copy = await bench.Redis.KeyDumpAsync(Stream);
        await SendAsync(bench, 10 + kept, 8 - kept);
        await processor.WatchAsync(Token);
        await RestoreAsync(bench, copy);
        await Task.Delay(5, Token);     // Ids are of the millisecond: no fail-over is over within the same one.
        await SendAsync(bench, 100, since);

        await processor.WatchAsync(Token);
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);

        Assert.Equal([$"older-copy {8 - kept}"], await LossesAsync(bench));
        Assert.Equal(10L + kept + since, await bench.FactsAsync());
        Assert.Equal(10L + kept + since, await ReadAsync(bench));
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task An_older_copy_on_a_machine_whose_clock_is_behind_is_read_whole()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await SendAtAsync(bench, "1000-0", "1000-1");
        await Workbench.DrainAsync(processor);
        var copy = await bench.Redis.KeyDumpAsync(Stream);
        await SendAtAsync(bench, "2000-0");
        await Workbench.DrainAsync(processor);
        await RestoreAsync(bench, copy);
        await SendAtAsync(bench, "1500-0", "2500-0");    // one below the position, one above

        await processor.TendAsync(Token);
        await Workbench.DrainAsync(processor);
        Assert.Equal(["older-copy 0"], await LossesAsync(bench));
        Assert.Equal((5L, 4L), (await bench.FactsAsync(), await ReadAsync(bench)));
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task Another_owner_in_between_is_no_loss()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var first = bench.Processor();
        await SendAsync(bench, 0, 10);
        await Workbench.DrainAsync(first);
        await SendAsync(bench, 10, 5);
        await first.WatchAsync(Token);
        await using (var second = bench.Processor())
        {
            await Workbench.DrainAsync(second);
            await second.TendAsync(Token);
            await SendAsync(bench, 15, 5);
            await Workbench.DrainAsync(second);
            await second.TendAsync(Token);
        }

        await Assert.ThrowsAsync<FencedException>(() => first.TendAsync(Token));
        await SendAsync(bench, 20, 1);
        await Workbench.DrainAsync(first);
        Assert.Empty(await LossesAsync(bench));
        Assert.Equal((21L, 21L), (await bench.FactsAsync(), await ReadAsync(bench)));
    }

    [Fact]
    public async Task A_Redis_stopped_in_order_and_started_again_is_the_same_stream()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Workbench.CreateAsync(servers, redis: await server.ConnectAsync());
        await SendAsync(bench, 0, 10);
        await bench.DrainAsync();
        await SendAsync(bench, 10, 5);
        await server.StopAsync();
        server.Restart();
        await Eventually.IsTrueAsync("Redis to be back", _ => Task.FromResult(bench.Connection.IsConnected), TimeSpan.FromSeconds(30), Token);

        await bench.DrainAsync();
        Assert.Empty(await LossesAsync(bench));
        Assert.Equal((15L, 15L), (await bench.FactsAsync(), await ReadAsync(bench)));
    }

    [Fact]
    public async Task The_dashboards_role_may_read_what_was_lost()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await SendAsync(bench, 0, 2);
        await bench.DrainAsync();
        await bench.Redis.KeyDeleteAsync(Stream);
        await bench.DrainAsync();
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var books = new Npgsql.NpgsqlCommand("set role fintech_dashboard", connection);
        await books.ExecuteNonQueryAsync(Token);

        var loss = (await Fintech.Dashboard.Live.Warehouse.Books.ReadAsync(connection, DateTimeOffset.UtcNow, 1, Token)).Loss;
        Assert.Equal((1L, 0L), (loss!.Streams, loss.Missing));
    }

    private static async Task RestoreAsync(Workbench bench, byte[]? copy)
    {
        await bench.Redis.KeyDeleteAsync(Stream);
        await bench.Redis.KeyRestoreAsync(Stream, copy!);
    }

    private static async Task SendAsync(Workbench bench, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            await bench.Redis.StreamAddAsync(Stream, StreamNames.PayloadField, Payload($"t-{i}"));
    }

    private static async Task SendAtAsync(Workbench bench, params string[] ids)
    {
        foreach (var id in ids)
            await bench.Redis.StreamAddAsync(Stream, StreamNames.PayloadField, Payload($"t-{id}"), messageId: id);
    }

    private static string Payload(string id) =>
        $$"""{"transaction_id":"{{id}}","customer_id":1,"amount":10.00,"merchant_name":"Corner Cafe","timestamp":1767225600}""";

    private static Task<long> ReadAsync(Workbench bench) => bench.ScalarAsync<long>("select entries_read from etl.stream_checkpoint");

    private static Task<string[]> LossesAsync(Workbench bench) => bench.ScalarAsync<string[]>(
        "select coalesce(array_agg(kind || ' ' || missing order by loss_id), '{}') from etl.stream_loss");
}

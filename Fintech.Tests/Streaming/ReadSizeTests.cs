using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Producer;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>An answer of Redis has a bound in bytes, though Redis itself knows only one in entries.</summary>
public sealed class ReadSizeTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Small_entries_are_read_by_the_batch_after_a_few_reads_and_large_ones_by_their_size()
    {
        var size = new ReadSize(2000);
        var asked = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            asked.Add(size.Next);
            size.Read(Entries(size.Next, 250));
        }

        Assert.Equal([16, 128, 1024, 2000], asked);
        size.Read(Entries(2000, 100_000));
        Assert.InRange(size.Next, 80, 84);
        size.Read(Entries(3, 20_000_000));
        Assert.Equal(1, size.Next);
        size.Read([]);
        Assert.Equal(1, size.Next);
        size.Read(Entries(1, 250));
        Assert.Equal(8, size.Next);
    }

    [Fact]
    public void After_failures_less_and_less_is_asked_for_down_to_one()
    {
        var size = new ReadSize(2000);
        for (var i = 0; i < 4; i++)
            size.Read(Entries(size.Next, 250));
        var asked = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            size.Failed();
            asked.Add(size.Next);
        }

        Assert.Equal([16, 8, 4, 2, 1, 1], asked);
    }

    /// <summary>A batch by number would be 200 MB here, and 2 GB of entries as large as the ingest of others takes them.</summary>
    [Fact]
    public async Task A_backlog_of_large_entries_is_read_a_few_megabytes_at_a_time()
    {
        const int Backlog = 2000, Padding = 100_000;
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Workbench.CreateAsync(
            servers, redis: await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},asyncTimeout=60000"));    // Its size is looked at, not its speed.
        var padding = new string('n', Padding);
        for (var sent = 0; sent < Backlog; sent += 20)
            await Task.WhenAll(Enumerable.Range(sent, 20).Select(i => bench.SendAsync(
                $$"""{"note":"{{padding}}","transaction_id":"t-{{i}}","customer_id":7,"amount":12.5,"merchant_name":"Corner Cafe","timestamp":1767225600}""")));

        await using var processor = bench.Processor();
        var most = 0;
        for (var read = 1; read > 0;)
        {
            read = await processor.RunOnceAsync(Token);
            most = Math.Max(most, read);
        }

        Assert.InRange(most, 60, 2 * ReadSize.TargetBytes / Padding);
        Assert.Equal((long)Backlog, await bench.FactsAsync());
        await bench.AssertConsistentAsync();
    }

    private static StreamEntry[] Entries(int count, int bytes) =>
        [.. Enumerable.Repeat(new StreamEntry("1-1", [new(StreamNames.PayloadField, new byte[bytes])]), count)];
}

using Fintech.Etl.Worker.Streaming;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fintech.Tests.Streaming;

public sealed class PartitionLoopTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Faults seldom come alone: the next owner must not replay what this one replayed, and what came since as well.</summary>
    [Fact]
    public async Task Who_had_to_replay_much_saves_it_as_soon_as_the_stream_is_caught_up()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { UpkeepInterval = TimeSpan.FromHours(1) });
        await using (var processor = bench.Processor())
        {
            await bench.SendAsync(Workbench.Event("first"));
            await Workbench.DrainAsync(processor);
            await processor.TendAsync(Token);
            await Task.WhenAll(Enumerable.Range(0, 10_001).Select(n => bench.SendAsync(Workbench.Event($"t-{n}"))));
            await Workbench.DrainAsync(processor);
        }

        var before = await SnapshotAsync(bench);
        await using var next = bench.Processor();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = new PartitionLoop(Workbench.Wrap(bench.Options), TimeProvider.System, NullLogger<PartitionLoop>.Instance).RunAsync(0, next, stopping.Token);
        await bench.SendAsync(Workbench.Event("last"));
        await Eventually.ReadAsync("what was replayed to be saved", _ => SnapshotAsync(bench), now => now > before, Patience, Token);
        Assert.True(await bench.ScalarAsync<bool>("select s.last_entry = c.last_entry from etl.scoring_snapshot s join etl.stream_checkpoint c using (stream)"));
        await stopping.CancelAsync();
        await running;
    }

    private static Task<long> SnapshotAsync(Workbench bench) => bench.ScalarAsync<long>("select sequence from etl.scoring_snapshot");
}

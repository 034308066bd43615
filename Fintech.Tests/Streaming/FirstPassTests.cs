using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Batch;
using Xunit;

namespace Fintech.Tests.Streaming;

public sealed class FirstPassTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_pass_that_runs_is_waited_for_beyond_all_patience()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        Task waiting;
        await using (await PassLock.AcquireAsync(connection, Token))
        {
            await bench.WarehouseAsync("insert into etl.run (kind, trigger, host) values ('batch', 'test', 'test')");
            waiting = AwaitAsync(bench, TimeSpan.Zero);
            await Assert.ThrowsAsync<TimeoutException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(3), Token));
            await bench.WarehouseAsync("update etl.run set status = 'succeeded'");
        }

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task A_pass_that_died_or_never_began_is_waited_for_within_reason_only()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await AwaitAsync(bench, TimeSpan.FromMilliseconds(10)).WaitAsync(TimeSpan.FromSeconds(30), Token);

        await bench.WarehouseAsync("insert into etl.run (kind, trigger, host) values ('batch', 'test', 'test')");
        await AwaitAsync(bench, TimeSpan.FromMilliseconds(10)).WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task Results_of_checks_are_removed_when_they_are_old()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        var results = await bench.ReadAsync<long>("select count(*) from etl.check_result");
        await bench.WarehouseAsync("update etl.run set started_at = now() - interval '91 days'");
        await bench.RunAsync();
        using var retention = new CheckRetention(
            bench.Warehouse.DataSource, new(), Microsoft.Extensions.Options.Options.Create(bench.Options), bench.Time,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<CheckRetention>.Instance);

        Assert.Equal(results, await retention.RemoveAsync(Token));
        Assert.Equal(0, await retention.RemoveAsync(Token));
        Assert.Equal(1, await bench.ReadAsync<long>("select count(distinct run_id) from etl.check_result"));
        Assert.Equal(2, await bench.ReadAsync<long>("select count(*) from etl.run"));
    }

    private static Task AwaitAsync(BatchBench bench, TimeSpan patience) => FirstPass.AwaitAsync(bench.Warehouse.DataSource, patience, TimeProvider.System, Token);
}

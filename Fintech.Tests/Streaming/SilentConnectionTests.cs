using System.Diagnostics;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>A connection to PostgreSQL on which nothing arrives any more, and everything is acknowledged.</summary>
public sealed class SilentConnectionTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The first statement of a transaction goes with its BEGIN, and before that is answered Npgsql cancels nothing: for the thirty seconds of any command the partition would be nobody's.</summary>
    [Fact]
    public async Task A_batch_that_cannot_be_cancelled_is_given_up_in_time_for_the_next_owner()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var target = new NpgsqlConnectionStringBuilder(bench.Warehouse.ConnectionString);
        await using var proxy = new ChaosProxy(target.Port);
        target.Port = proxy.Port;
        var builder = new NpgsqlDataSourceBuilder(target.ConnectionString);
        WarehouseConnection.ConfigureWriter(builder);
        await using var through = builder.Build();
        await using var processor = bench.Processor(warehouse: through);
        await bench.SendAsync(Workbench.Event("t-1"));
        await Workbench.DrainAsync(processor);

        Assert.True(proxy.CutHalfOpen() > 0);
        await bench.SendAsync(Workbench.Event("t-2"));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        ending.CancelAfter(TimeSpan.FromSeconds(1));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<Exception>(() => processor.RunOnceAsync(ending.Token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 1, 2 * WriterPatience.Seconds);

        await bench.DrainAsync();
        Assert.Equal(2L, await bench.ScalarAsync<long>("select count(*) from dw.fact_transactions"));
    }
}

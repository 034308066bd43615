using System.Diagnostics;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Webhooks;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>The worker's process is asked to stop, or killed, in the middle of its work.</summary>
public sealed class OrderedStopTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(WorkerService.SigTerm)]
    [InlineData(WorkerService.SigHup)]
    public async Task Asked_to_stop_under_load_it_drains_gives_everything_back_and_ends_with_zero(int signal)
    {
        const int Events = 20_000;
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.Session.DisposeAsync();     // It owns nothing here.
        await using var worker = WorkerService.Start(bench, "ordered-stop", ("Stream__BatchSize", "200"));
        await SendAsync(bench, Events);
        await Eventually.ReadAsync("the worker to be in the middle of it", _ => bench.FactsAsync(), facts => facts > 1_000, Patience, Token);

        var watch = Stopwatch.StartNew();
        worker.Signal(signal);
        var code = await worker.EndAsync(TimeSpan.FromSeconds(20), Token);
        var took = watch.Elapsed;

        Assert.True(code == 0, $"It ended with {code}: {await worker.SaidAsync()}");
        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took.TotalSeconds:0.0} s.");
        var facts = await bench.FactsAsync();
        Assert.InRange(facts, 1_000, Events);
        Assert.Equal(facts, await bench.ScalarAsync<long>("select sum(entries_read)::bigint from etl.stream_checkpoint"));
        Assert.Equal("succeeded", await bench.ScalarAsync<string>("select status from etl.run where kind = 'stream' order by run_id desc limit 1"));
        Assert.Equal(facts, await bench.ScalarAsync<long>("select rows_loaded from etl.run where kind = 'stream' order by run_id desc limit 1"));
        // The server notices a moment after the process that its connections have ended.
        await Eventually.ReadAsync("connections and locks to be given back", async _ => (
            await bench.ScalarAsync<long>("select count(*) from pg_stat_activity where application_name = 'ordered-stop' and datname = current_database()"),
            await bench.ScalarAsync<long>($"select count(*) from pg_locks where locktype = 'advisory' and classid = {StreamSession.PartitionLock} and database = (select oid from pg_database where datname = current_database())")),
            left => left == (0L, 0L), TimeSpan.FromSeconds(5), Token);
        await bench.AssertConsistentAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"signal {signal}: {took.TotalSeconds:0.00} s with {Events - facts} of {Events} entries left in the streams");

        // What was read is committed or left: a successor finds the rest.
        for (var partition = 0; partition < 8; partition++)
            await bench.DrainAsync(partition);
        Assert.Equal(Events, await bench.FactsAsync());
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task Killed_between_the_delivery_of_an_alert_and_its_mark_it_delivers_again_with_the_same_key()
    {
        var silent = true;
        await using var receiver = await WebhookReceiver.StartAsync(async (_, context) =>
        {
            if (Volatile.Read(ref silent))
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }, Token);
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.Session.DisposeAsync();
        (string, string)[] settings =
        [
            ("Webhooks__Targets__0__Name", "cases"), ("Webhooks__Targets__0__Url", receiver.Address.ToString()),
            ("Webhooks__Targets__0__Secret", "only-for-tests-0123456789-0123456789"), ("Webhooks__Timeout", "00:00:05"),
        ];
        await using (var victim = WorkerService.Start(bench, "victim", settings))
        {
            await Eventually.IsTrueAsync("the target to be registered", async _ => await bench.ScalarAsync<long>("select count(*) from etl.webhook_target") == 1, Patience, Token);
            await bench.SendAsync(Workbench.Event("t-1", 5_000m));
            // The receiver has it and the worker does not know yet.
            await Eventually.IsTrueAsync("the receiver to have the alert", _ => Task.FromResult(!receiver.Requests.IsEmpty), Patience, Token);
            victim.Kill();
            await victim.EndAsync(Patience, Token);
        }

        Assert.Equal("pending", await bench.ScalarAsync<string>("select status from etl.webhook_delivery"));
        Volatile.Write(ref silent, false);
        await using var successor = WorkerService.Start(bench, "successor", settings);
        await Eventually.ReadAsync("the alert to be marked", _ => bench.ScalarAsync<string>("select status from etl.webhook_delivery"), status => status == "delivered", Patience, Token);
        Assert.True(receiver.Requests.Count >= 2);
        Assert.Single(receiver.Keys.Distinct());
        successor.Signal(WorkerService.SigTerm);
        Assert.Equal(0, await successor.EndAsync(TimeSpan.FromSeconds(20), Token));
    }

    private static async Task SendAsync(Workbench bench, int count)
    {
        var sent = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(Workbench.Event($"t-{i}", customer: i), ContractsJson.Default.TransactionEvent);
            sent.Add(bench.Redis.StreamAddAsync(StreamNames.Transactions(Partitioner.PartitionOf(i, 8)), StreamNames.PayloadField, payload));
        }

        await Task.WhenAll(sent);
    }
}

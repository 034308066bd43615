using Fintech.Etl.Worker.Streaming;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>What was committed a moment ago and comes again keeps nothing else from being copied; and only what is byte for byte the same is taken for it.</summary>
public sealed class RecentEventsTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Repetitions_are_known_and_the_rest_of_their_batch_is_copied()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync(
            """
            create table dw.written (number bigint generated always as identity, how text);
            create function dw.note_how() returns trigger language plpgsql security definer as 'begin insert into dw.written (how) values (case when current_query() ilike ''copy%'' then ''copy'' else ''insert'' end); return null; end';
            create trigger note_how after insert on dw.fact_transactions for each statement execute function dw.note_how()
            """);
        await using var processor = bench.Processor();
        var messages = Enumerable.Range(0, 40).Select(i => Workbench.Event($"t-{i}", 1m + i)).ToList();
        foreach (var message in messages)
            await bench.SendAsync(message);
        await Workbench.DrainAsync(processor);

        foreach (var message in messages.Take(10))
            await bench.SendAsync(message);
        await bench.SendAsync(Workbench.Event("t-40", 41m));
        await Workbench.DrainAsync(processor);
        Assert.Equal("copy", await HowAsync());
        Assert.Equal((10L, 0L), (bench.Session.Counters.Totals.Known.Rows, bench.Session.Counters.Totals.Quarantined.Rows));

        // The same key with other content, and the same content written in another way: the warehouse is asked.
        await bench.SendAsync(messages[0]);
        await bench.SendAsync(messages[0] with { Amount = 99m });
        await bench.SendAsync(messages[1] with { Type = "purchase" });
        await Workbench.DrainAsync(processor);
        Assert.Equal((12L, 1L), (bench.Session.Counters.Totals.Known.Rows, bench.Session.Counters.Totals.Quarantined.Rows));
        Assert.Equal("insert", await HowAsync());
        Assert.Equal("conflict", await bench.ScalarAsync<string>("select check_name from etl.rejected_row"));

        // Another owner knows nothing of it, and comes to the same.
        await using var successor = bench.Processor();
        await bench.SendAsync(messages[2]);
        await Workbench.DrainAsync(successor);
        Assert.Equal((41L, 13L), (await bench.FactsAsync(), bench.Session.Counters.Totals.Known.Rows));
        await bench.AssertConsistentAsync();

        Task<string> HowAsync() => bench.ScalarAsync<string>("select how from dw.written order by number desc limit 1");
    }

    [Fact]
    public async Task What_was_rolled_back_is_not_known()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-0"));
        await Workbench.DrainAsync(processor);
        var message = Workbench.Event("t-1");
        await bench.SendAsync(message);
        await bench.SendAsync(Workbench.Event("t-2", 5000m));
        await bench.ExecuteAsync("alter table dw.fact_fraud_alerts rename to away");
        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => processor.RunOnceAsync(Token));
        await bench.ExecuteAsync("alter table dw.away rename to fact_fraud_alerts");

        await bench.SendAsync(message);
        await Workbench.DrainAsync(processor);

        Assert.Equal((3L, 1L), (await bench.FactsAsync(), bench.Session.Counters.Totals.Known.Rows));
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public void The_oldest_are_forgotten()
    {
        var recent = new RecentEvents();
        var events = Enumerable.Range(0, RecentEvents.Kept + 1).Select(i => new IncomingTransaction(
            new EntryId((ulong)i, 0), new($"t-{i}", "test"), new(1, "Corner Cafe", "purchase", DateTime.UnixEpoch, 1m, "USD"), null, DateTime.UnixEpoch, (UInt128)i, Workbench.Event($"t-{i}"), null)).ToList();

        recent.Add(new Settlement([], events, [], []));
        recent.Add(new Settlement([], [events[^1]], [], []));    // Once more: nothing to be forgotten for.

        Assert.False(recent.Contains(events[0]));
        Assert.True(recent.Contains(events[1]) && recent.Contains(events[^1]));
    }
}

using Fintech.Etl.Worker.Scoring;
using Fintech.Tests.Streaming;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Scoring;

public sealed class RuleSetStoreTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_configured_threshold_becomes_a_version_when_it_changes_and_only_then()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        for (var start = 0; start < 2; start++)
            await ApplyAsync(bench, 3000m);
        Assert.Equal(1L, await VersionsAsync(bench));

        await ApplyAsync(bench, 2500m);
        Assert.Equal(2L, await VersionsAsync(bench));
        using var rules = bench.RuleSets();
        Assert.NotNull((await rules.CurrentAsync(Token)).Score(new(2500.01m, "USD")));
    }

    [Fact]
    public async Task A_rule_set_edited_by_hand_survives_a_changed_configuration()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await WriteByHandAsync(bench, 500m);
        await ApplyAsync(bench, 4000m);
        using var rules = bench.RuleSets();
        Assert.NotNull((await rules.CurrentAsync(Token)).Score(new(501m, "USD")));
        Assert.Equal(2L, await VersionsAsync(bench));
    }

    [Fact]
    public async Task Workers_that_start_together_append_one_version()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ApplyAsync(bench, 1234m)));
        Assert.Equal(2L, await VersionsAsync(bench));
    }

    [Fact]
    public async Task A_new_version_is_in_force_within_two_seconds_and_not_looked_for_sooner()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var clock = new FakeTimeProvider();
        using var rules = bench.RuleSets(clock: clock);
        var first = await rules.CurrentAsync(Token);
        Assert.Null(first.Score(new(600m, "USD")));

        await WriteByHandAsync(bench, 500m);
        clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Same(first, await rules.CurrentAsync(Token));

        clock.Advance(TimeSpan.FromSeconds(0.2));
        var second = await rules.CurrentAsync(Token);
        Assert.True(second.Version > first.Version);
        Assert.NotNull(second.Score(new(600m, "USD")));
    }

    [Fact]
    public async Task A_version_that_cannot_be_read_is_passed_over_also_after_a_restart()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var clock = new FakeTimeProvider();
        using var running = bench.RuleSets(clock: clock);
        var before = await running.CurrentAsync(Token);
        await bench.ExecuteAsync("""insert into etl.rule_set (rules, created_by) values ('[{"rule":"no-such-rule"}]', 'somebody')""");

        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Same(before, await running.CurrentAsync(Token));
        using var restarted = bench.RuleSets();
        Assert.Equal(before.Version, (await restarted.CurrentAsync(Token)).Version);
    }

    /// <summary>The first query finds the version, the second one fails: the version must be found again.</summary>
    [Fact]
    public async Task A_version_met_by_a_look_that_failed_is_in_force_at_the_next()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var clock = new FakeTimeProvider();
        using var running = bench.RuleSets(clock: clock);
        await running.CurrentAsync(Token);
        await WriteByHandAsync(bench, 500m);
        await bench.ExecuteAsync("alter table etl.rule_snooze rename to rule_snooze_away");
        using var starting = bench.RuleSets(clock: clock);
        clock.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<PostgresException>(async () => await running.CurrentAsync(Token));
        await Assert.ThrowsAsync<PostgresException>(async () => await starting.CurrentAsync(Token));

        await bench.ExecuteAsync("alter table etl.rule_snooze_away rename to rule_snooze");
        Assert.NotNull((await running.CurrentAsync(Token)).Score(new(600m, "USD")));
        Assert.NotNull((await starting.CurrentAsync(Token)).Score(new(600m, "USD")));
    }

    /// <summary>That there is a new snooze was seen, but not what it says.</summary>
    [Fact]
    public async Task A_snooze_met_by_a_look_that_failed_holds_from_the_next()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var clock = new FakeTimeProvider();
        using var rules = bench.RuleSets(clock: clock);
        await rules.CurrentAsync(Token);
        await bench.ExecuteAsync("insert into etl.rule_snooze (customer_id, until, reason, created_by) values (42, now() + interval '1 day', 'abroad', 'ada')");
        await bench.ExecuteAsync("alter table etl.rule_snooze rename column reason to reason_away; alter table etl.rule_snooze rename column until to until_away");
        clock.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<PostgresException>(async () => await rules.CurrentAsync(Token));

        await bench.ExecuteAsync("alter table etl.rule_snooze rename column reason_away to reason; alter table etl.rule_snooze rename column until_away to until");
        var input = new ScoringInput(4000m, "USD") { CustomerId = 42, OccurredAt = DateTime.UtcNow, ReceivedAt = DateTime.UtcNow.AddMinutes(1) };
        Assert.Null((await rules.CurrentAsync(Token)).Score(input));
        Assert.NotNull((await rules.CurrentAsync(Token)).Score(input with { CustomerId = 43 }));
    }

    private static async Task ApplyAsync(Workbench bench, decimal threshold)
    {
        using var rules = bench.RuleSets(threshold);
        await rules.ApplyConfigurationAsync(Token);
    }

    private static Task WriteByHandAsync(Workbench bench, decimal threshold) => bench.ExecuteAsync(
        $$"""insert into etl.rule_set (rules, created_by) values ('[{"rule":"high-value","threshold":{{threshold}},"currency":"USD"}]', 'ada')""");

    private static Task<long> VersionsAsync(Workbench bench) => bench.ScalarAsync<long>("select count(*) from etl.rule_set");
}

using Fintech.Dashboard.Alerts;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>Several analysts at once, through the classes behind the API, each under a name.</summary>
public sealed class TriageTests(Servers servers) : IAsyncLifetime
{
    private static readonly AlertFilter Everything = new([], [], null, null, null, null, null, null);

    private Stage stage = null!;
    private DashboardApp app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Decisions Decisions => app.Services.GetRequiredService<Decisions>();
    private Claims Claims => app.Services.GetRequiredService<Claims>();

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token, "--Dashboard:ClaimTime=00:00:03");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task Of_two_decisions_at_once_the_first_stays_and_the_other_analyst_is_told_who_was_faster()
    {
        await AddAsync("a-1");
        // Maria has written and not committed: nobody can see it yet.
        await using var maria = await stage.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await maria.BeginTransactionAsync(Token);
        await using (var insert = new NpgsqlCommand("insert into dw.alert_disposition (transaction_id, source_system, status, actor) values ('a-1', 'stream', 'confirmed_fraud', 'Maria')", maria))
            await insert.ExecuteNonQueryAsync(Token);

        var ada = DecideAsync("ada", "false_positive", new SeenAlert("a-1", "stream", null));
        await Eventually.ReadAsync(
            "Ada's write to wait for Maria's", _ => stage.Warehouse.ScalarAsync<long>("select count(*) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()", Token),
            waiting => waiting > 0, TimeSpan.FromSeconds(30), Token);
        Assert.False(ada.IsCompleted);
        await transaction.CommitAsync(Token);

        var refusal = Assert.Single((await ada).Refused);
        Assert.Equal(("changed", "Maria"), (refusal.Kind, refusal.By));
        Assert.Matches("^Maria confirmed this as fraud [0-9]+ s ago\\.$", refusal.Sentence);
        Assert.Equal("confirmed_fraud Maria", await stage.Warehouse.ScalarAsync<string>("select status || ' ' || actor from dw.alert_state", Token));
        Assert.Equal(1L, await CountAsync("dw.alert_disposition"));
    }

    [Fact]
    public async Task However_many_decide_at_once_each_alert_has_one_chain_of_decisions()
    {
        const int alerts = 12;
        for (var i = 0; i < alerts; i++)
            await AddAsync($"a-{i}");
        var all = Enumerable.Range(0, alerts).Select(i => new SeenAlert($"a-{i}", "stream", null)).ToArray();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => DecideAsync($"analyst {i}", i % 2 == 0 ? "acknowledged" : "false_positive", i % 3 == 0 ? [.. all.Reverse()] : all))));

        Assert.Equal(alerts, results.Sum(result => result.Done.Count));
        Assert.Equal(5 * alerts, results.Sum(result => result.Refused.Count));
        Assert.All(results.SelectMany(result => result.Refused), refusal => Assert.Equal("changed", refusal.Kind));
        Assert.Equal(alerts, await CountAsync("dw.alert_disposition"));
        Assert.Equal(alerts, await CountAsync("dw.alert_state s join dw.alert_disposition d using (disposition_id, status, actor)"));
    }

    [Fact]
    public async Task Undo_goes_back_step_by_step_and_forgets_nothing()
    {
        await AddAsync("a-1");
        var first = Assert.Single((await DecideAsync("Maria", "acknowledged", new SeenAlert("a-1", "stream", null))).Done);
        var second = Assert.Single((await DecideAsync("Maria", "confirmed_fraud", new SeenAlert("a-1", "stream", first.DispositionId))).Done);

        var third = Assert.Single((await UndoAsync(second.DispositionId)).Done);
        Assert.Equal("acknowledged", third.Status);
        var stale = Assert.Single((await UndoAsync(second.DispositionId)).Refused);
        Assert.Matches("^ada took the decision on this back [0-9]+ s ago\\.$", stale.Sentence);
        var fourth = Assert.Single((await UndoAsync(third.DispositionId)).Done);
        Assert.Equal("open", fourth.Status);
        Assert.Equal("There is no decision to take back.", Assert.Single((await UndoAsync(fourth.DispositionId)).Refused).Sentence);
        var again = Assert.Single((await DecideAsync("Maria", "false_positive", new SeenAlert("a-1", "stream", fourth.DispositionId))).Done);

        Assert.Equal("open", Assert.Single((await UndoAsync(again.DispositionId)).Done).Status);
        Assert.Equal(
            $"acknowledged/,confirmed_fraud/,acknowledged/{second.DispositionId},open/{first.DispositionId},false_positive/,open/{again.DispositionId}",
            await stage.Warehouse.ScalarAsync<string>("select string_agg(status || '/' || coalesce(undoes::text, ''), ',' order by disposition_id) from dw.alert_disposition", Token));

        Task<DecisionResult> UndoAsync(long after) => Decisions.UndoAsync(new UndoRequest("a-1", "stream", after), "ada", Token);
    }

    [Fact]
    public async Task Each_alert_of_a_bulk_action_succeeds_or_fails_on_its_own()
    {
        for (var i = 1; i <= 6; i++)
            await AddAsync($"a-{i}");
        await DecideAsync("Maria", "confirmed_fraud", new SeenAlert("a-2", "stream", null), new SeenAlert("a-3", "stream", null));
        await TakeAsync("Bo", Guid.NewGuid());  // a-1, the oldest.

        var result = await DecideAsync("ada", "acknowledged", [.. Enumerable.Range(1, 7).Select(i => new SeenAlert($"a-{i}", "stream", null))]);

        Assert.Equal(["a-4", "a-5", "a-6"], result.Done.Select(change => change.Id).Order());
        Assert.Equal("3 marked, 1 was being worked on by Bo, 2 were already decided by Maria, 1 was not found.", result.Summary);
        var known = await DecideAsync("ada", "acknowledged", new SeenAlert("a-4", "stream", result.Done.Single(change => change.Id == "a-4").DispositionId));
        Assert.Equal("It is acknowledged already.", Assert.Single(known.Refused).Sentence);
        Assert.Equal("An alert cannot be marked 'open'. It can be marked acknowledged, confirmed_fraud, false_positive.", Decisions.Fault(new([new("a-1", "stream", null)], "open")));
    }

    [Fact]
    public async Task Who_takes_next_gets_the_oldest_of_the_most_severe_and_nobody_gets_it_twice()
    {
        await stage.Warehouse.AddOpenAsync("mild", TimeSpan.FromHours(9), Token, "low");
        await stage.Warehouse.AddOpenAsync("young", TimeSpan.FromMinutes(1), Token, "critical");
        await stage.Warehouse.AddOpenAsync("old", TimeSpan.FromHours(1), Token, "critical");
        for (var i = 0; i < 9; i++)
            await stage.Warehouse.AddOpenAsync($"m-{i}", TimeSpan.FromMinutes(i + 1), Token, "medium");

        Assert.Equal("old", (await TakeAsync("Maria", Guid.NewGuid()))!.Value.Id);
        Assert.Equal("young", (await TakeAsync("Maria", Guid.NewGuid()))!.Value.Id);
        var taken = await Task.WhenAll(Enumerable.Range(0, 9).Select(i => Task.Run(() => TakeAsync($"analyst {i}", Guid.NewGuid()))));

        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"m-{i}"), taken.Select(key => key!.Value.Id).Order());
        Assert.Equal("mild", (await TakeAsync("ada", Guid.NewGuid()))!.Value.Id);
        Assert.Null(await TakeAsync("ada", Guid.NewGuid()));
    }

    [Fact]
    public async Task A_claim_is_kept_while_the_page_is_heard_of_given_back_when_it_is_left_and_runs_out_otherwise()
    {
        await AddAsync("a-1");
        var (maria, ada) = (Guid.NewGuid(), Guid.NewGuid());
        await TakeAsync("Maria", maria);
        Assert.Null(await TakeAsync("ada", ada));
        Assert.True(await Claims.RenewAsync(new ClaimRequest(maria, "a-1", "stream"), Token));
        Assert.False(await Claims.RenewAsync(new ClaimRequest(ada, "a-1", "stream"), Token));
        var refusal = Assert.Single((await DecideAsync("ada", "acknowledged", new SeenAlert("a-1", "stream", null))).Refused);
        Assert.Matches("^Maria has been working on this for [0-9]+ s\\.$", refusal.Sentence);

        Assert.False(await Claims.ReleaseAsync(new ClaimRequest(ada, "a-1", "stream"), Token));
        Assert.True(await Claims.ReleaseAsync(new ClaimRequest(maria, "a-1", "stream"), Token));
        Assert.Equal("a-1", (await TakeAsync("ada", ada))!.Value.Id);
        // Ada's page dies.
        var taken = await Eventually.ReadAsync("Ada's claim to run out", _ => TakeAsync("Maria", maria), key => key is not null, TimeSpan.FromSeconds(30), Token);
        Assert.Equal("a-1", taken!.Value.Id);
        Assert.False(await Claims.RenewAsync(new ClaimRequest(ada, "a-1", "stream"), Token));
    }

    [Fact]
    public async Task To_take_another_one_gives_up_the_first_which_is_not_offered_again()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(3), Token);
        await stage.Warehouse.AddOpenAsync("a-2", TimeSpan.FromMinutes(2), Token);
        var page = Guid.NewGuid();
        var first = (await TakeAsync("Maria", page))!.Value;
        var second = (await TakeAsync("Maria", page, first))!.Value;
        Assert.Equal(("a-1", "a-2"), (first.Id, second.Id));
        Assert.Equal("a-1", (await TakeAsync("ada", Guid.NewGuid()))!.Value.Id);
        Assert.Null(await TakeAsync("Maria", page, first, second));
    }

    [Theory]
    [InlineData("update dw.alert_disposition set comment = 'x'")]
    [InlineData("delete from dw.alert_disposition")]
    [InlineData("insert into dw.alert_disposition (transaction_id, source_system, status, actor, created_at) values ('a-1', 'stream', 'acknowledged', 'x', '2020-01-01')")]
    [InlineData("update dw.alert_state set status = 'open'")]
    [InlineData("insert into etl.rule_snooze (customer_id, until, reason, created_by) values (1, 'infinity', 'x', 'x')")]
    public async Task The_dashboards_role_may_not_rewrite_history(string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(stage.Warehouse.ConnectionString) { Options = "-c role=fintech_dashboard", Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task The_database_refuses_a_decision_that_follows_none_or_that_of_another_alert()
    {
        await AddAsync("a-1");
        await AddAsync("a-2");
        var first = Assert.Single((await DecideAsync("Maria", "acknowledged", new SeenAlert("a-1", "stream", null))).Done).DispositionId;
        Assert.Equal(PostgresErrorCodes.UniqueViolation, await InsertAsync("a-1", "null"));
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, await InsertAsync("a-2", $"{first}"));
        Assert.Null(await InsertAsync("a-1", $"{first}"));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, await InsertAsync("a-1", $"{first}"));

        async Task<string?> InsertAsync(string id, string after)
        {
            try
            {
                await stage.Warehouse.ExecuteAsync($"insert into dw.alert_disposition (transaction_id, source_system, status, actor, after_disposition_id) values ('{id}', 'stream', 'confirmed_fraud', 'x', {after})", Token);
                return null;
            }
            catch (PostgresException e)
            {
                return e.SqlState;
            }
        }
    }

    private Task AddAsync(string id) => stage.Warehouse.AddAlertAsync(id, 4_500.00m, DateTimeOffset.UtcNow.AddMinutes(-10), Token);

    private Task<DecisionResult> DecideAsync(string actor, string status, params SeenAlert[] alerts) =>
        Decisions.DecideAsync(new DecisionRequest(alerts, status), actor, Token);

    private Task<AlertKey?> TakeAsync(string actor, Guid page, params AlertKey[] passed) => Claims.TakeNextAsync(new TakeRequest(page, passed), Everything, actor, Token);

    private Task<long> CountAsync(string from) => stage.Warehouse.ScalarAsync<long>($"select count(*) from {from}", Token);
}

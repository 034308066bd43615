using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Scoring;
using Xunit;

namespace Fintech.Tests.Commands;

/// <summary>Rule sets written and tried by command: validated as the worker does, never over somebody else's.</summary>
public sealed class RequestedRulesTests(Servers servers)
{
    private const string Rules = """[{"rule": "high-value", "threshold": 2500, "currency": "USD"}, {"rule": "velocity", "count": 4, "window": "00:10:00", "shadow": true}]""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rule_set_is_written_and_says_who_changed_what_and_why()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var batch = commands.Quarantine.Batch;
        await commands.AskAsync("rules set", $$"""{"base": 1, "rules": {{Rules}}, "because": "too few alerts"}""");
        await commands.WorkAsync();

        Assert.Equal("rules set|succeeded|Rule set 2 is written; every worker has it within two seconds.", Assert.Single(await commands.AnswersAsync()));
        Assert.Equal("2|dashboard: mia|too few alerts|1", await batch.ReadAsync<string>("select concat_ws('|', version, created_by, because, based_on) from etl.rule_set order by version desc limit 1"));
        var written = RuleSet.Parse(2, await batch.ReadAsync<string>("select rules::text from etl.rule_set where version = 2"));
        Assert.Equal([new HighValueRule(2500, "USD"), new VelocityRule(4, TimeSpan.FromMinutes(10), Shadow: true)], written.Rules);
        Assert.Equal(
            ["dashboard: mia|rules set|command 1", "dashboard: mia|rules set|rule set 2"],
            await batch.ListAsync("select concat_ws('|', actor, action, subject) from etl.audit order by subject"));
    }

    [Fact]
    public async Task Of_two_who_change_the_same_version_the_second_is_told_who_was_faster()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var batch = commands.Quarantine.Batch;
        await commands.AskAsync("rules set", $$"""{"base": 1, "rules": {{Rules}}}""");
        await commands.AskAsync("rules set", $$"""{"base": 1, "rules": [{"rule": "high-value", "threshold": 9, "currency": "USD"}]}""");
        await commands.WorkAsync();

        var refusal = (await commands.AnswersAsync())[1];
        Assert.StartsWith("rules set|failed|Rule set 2 was written by dashboard: mia at ", refusal);
        Assert.EndsWith(" UTC, after version 1, which was changed here: look at it, and change that one.", refusal);
        Assert.Equal(2, await batch.ReadAsync<int>("select max(version) from etl.rule_set"));
    }

    [Fact]
    public async Task Two_books_at_once_append_one_version()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var book = new RuleSetBook(commands.Quarantine.Batch.Warehouse.DataSource);
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(async place =>
        {
            try
            {
                await book.SetAsync(1, $$"""[{"rule": "high-value", "threshold": {{100 + place}}, "currency": "USD"}]""", null, "command: tester", Token);
                return 1;
            }
            catch (RuleSetException)
            {
                return 0;
            }
        }));
        Assert.Equal(1, results.Sum());
        Assert.Equal(2L, await commands.Quarantine.Batch.ReadAsync<long>("select count(*) from etl.rule_set"));
    }

    [Fact]
    public async Task The_rules_of_now_are_not_written_again_also_when_they_leave_out_defaults()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var now = await commands.Quarantine.Batch.ReadAsync<string>("select rules::text from etl.rule_set");
        var terse = JsonNode.Parse(now)!.AsArray();
        foreach (var rule in terse)
            rule!.AsObject().Remove("weight");
        await commands.AskAsync("rules set", $$"""{"base": 1, "rules": {{terse.ToJsonString()}}}""");
        await commands.WorkAsync();
        Assert.Equal("rules set|failed|These are the rules of version 1: there is nothing to change.", Assert.Single(await commands.AnswersAsync()));
    }

    [Theory]
    [InlineData("""[{"rule": "velocity", "count": 11, "window": "00:10:00"}]""", "It cannot be used. velocity: count must be 1 to 10; it is 11.")]
    [InlineData("""[{"rule": "velocity", "window": "00:10:00"}]""", "It cannot be used. velocity: count is missing.")]
    [InlineData("""[{"rule": "velocity", "count": null, "window": "00:10:00"}]""", "It cannot be used. velocity: count is missing.")]
    [InlineData("""[{"rule": "velocity", "count": "many", "window": "ten minutes"}]""", "It cannot be used. velocity: count must be a whole number; it is \"many\". velocity: window must be a time such as 00:10:00; it is \"ten minutes\".")]
    [InlineData("""[{"rule": "high-value", "name": "<img src=x>", "threshold": "3.000", "currency": "USD"}]""", "It cannot be used. <img src=x>: threshold must be a number; it is \"3.000\".")]
    [InlineData("""[{"rule": "high-value", "threshold": 3000, "currency": "USD", "treshold": 1}]""", "It cannot be used. high-value: there is no field treshold.")]
    [InlineData("""[{"rule": "high-value", "threshold": 3000, "currency": "USD", "title": "x"}]""", "It cannot be used. high-value: there is no field title.")]
    [InlineData("""[{"rule": "high-value", "threshold": 3000, "currency": "USD", "enabled": "yes"}]""", "It cannot be used. high-value: enabled must be true or false; it is \"yes\".")]
    [InlineData("""[{"rule": "merchant-burst"}]""", "It cannot be used. Rule 1: there is no kind of rule 'merchant-burst'; known are high-value, velocity, spend-spike, card-testing, new-category.")]
    [InlineData("""[{"threshold": 1}]""", "It cannot be used. Rule 1 does not name its kind: rule is missing.")]
    [InlineData("""[7, null]""", "It cannot be used. Rule 1 is no JSON object. Rule 2 is no JSON object.")]
    [InlineData("""[]""", "The rule set is empty: to stop all alerts, switch its rules off.")]
    [InlineData("""{}""", "A rule set is a JSON list of rules.")]
    [InlineData("""[{"rule": "high-value", "threshold": 1, "currency": "USD"}, {"rule": "high-value", "threshold": 2, "currency": "USD"}]""", "It cannot be used. high-value: name must tell it from another rule that is called so.")]
    public void What_cannot_be_used_is_refused_by_rule_and_field(string rules, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<RuleSetException>(() => RuleDraft.Parse(rules)).Message);

    [Theory]
    [InlineData("[\n{\"rule\": }]", "The rule set cannot be read: line 2 is no JSON.")]
    [InlineData("""[{"rule": "velocity", "count": 1, "count": 2, "window": "00:10:00"}]""", "The rule set cannot be read")]
    public void What_is_no_json_is_refused_too(string rules, string beginning) =>
        Assert.StartsWith(beginning, Assert.Throws<RuleSetException>(() => RuleDraft.Parse(rules)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_draft_is_tried_on_what_has_happened_and_writes_nothing()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var batch = commands.Quarantine.Batch;
        await batch.SourceAsync("insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) select 100 + n, 1, now() at time zone 'UTC' - interval '2 hours', 1000 * n, 'Corner Cafe' from generate_series(1, 5) n");
        await batch.RunAsync();
        await commands.AskAsync("rules backtest", $$"""{"rules": {{Rules}}, "days": 7}""");
        await commands.WorkAsync();

        // Above 2,500 are 3, 4 and 5 thousand; above 3,000, as it is now, the last two.
        Assert.Equal("rules backtest|succeeded|Of 5 transactions in 7 days the draft alerts on 3, rule set 1 on 2, both on 2.", Assert.Single(await commands.AnswersAsync()));
        var answer = JsonDocument.Parse(await batch.ReadAsync<string>("select answer::text from etl.command")).RootElement;
        Assert.Equal((1, 5, 3, 2), (answer.GetProperty("live_version").GetInt32(), answer.GetProperty("transactions").GetInt32(), answer.GetProperty("draft").GetInt32(), answer.GetProperty("live").GetInt32()));
        Assert.Equal((3, 0), (answer.GetProperty("draft_rules")[0].GetProperty("alerted").GetInt32(), answer.GetProperty("draft_rules")[1].GetProperty("alerted").GetInt32()));
        Assert.Equal(0L, await batch.ReadAsync<long>("select count(*) from dw.fact_fraud_alerts"));
        Assert.Equal(1L, await batch.ReadAsync<long>("select count(*) from etl.rule_set"));
    }
}

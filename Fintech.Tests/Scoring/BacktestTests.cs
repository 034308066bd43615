using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Backtest;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Batch;
using Fintech.Tests.Streaming;
using Xunit;

namespace Fintech.Tests.Scoring;

public sealed class BacktestTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Three streams, late events, a restart and a snooze: id by id, with scores and everything an alert keeps.</summary>
    [Fact]
    public async Task A_back_test_gives_the_alerts_that_the_stream_gave()
    {
        await using var bench = await CreateAsync();
        await bench.ExecuteAsync("insert into etl.rule_snooze (customer_id, rule, until, reason, created_by) values (3, 'velocity', now() + interval '1 day', 'abroad', 'ada')");
        foreach (var message in ScoringEvents.Make(600, seed: 21))
            await bench.SendAsync(message, partition: (int)(message.CustomerId % 3));
        for (var partition = 0; partition < 3; partition++)
        {
            await using (var processor = bench.Processor(partition))
                await processor.RunOnceAsync(Token);
            await bench.DrainAsync(partition);
        }

        var rules = await bench.Rules.CurrentAsync(Token);
        var found = new Dictionary<string, Alert>();
        var report = await RunAsync(bench, rules, rules, alerted: (key, alert) => found.Add(key.TransactionId, alert));

        var live = await bench.ScalarAsync<string[]>("select array_agg(transaction_id || '|' || severity || '|' || score || '|' || rule_set_version || '|' || hits) from dw.fact_fraud_alerts");
        Assert.True(live.Length > 100, $"The stream gave {live.Length} alerts.");
        Assert.Equal(live.Length, found.Count);
        foreach (var parts in live.Select(row => row.Split('|', 5)))
        {
            var alert = found[parts[0]];
            Assert.Equal((parts[1], parts[2], parts[3]), (alert.Severity, $"{alert.Score}", $"{alert.RuleSetVersion}"));
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(parts[4]), JsonNode.Parse(alert.HitsJson())), $"{parts[0]}: {parts[4]} against {alert.HitsJson()}");
        }

        Assert.Equal((600L, live.Length, live.Length, live.Length), (report.Total.Transactions, report.Total.Candidate, report.Total.Live, report.Total.Both));
        Assert.Equal(
            await bench.ScalarAsync<long>("select sum(snoozed)::bigint from etl.rule_count"),
            Enumerable.Range(0, rules.Rules.Count).Sum(rule => report.Live.Of(rule, RuleOutcome.Snoozed)));
    }

    /// <summary>
    /// Of a range in the middle: what is remembered of a customer began long before it, and late events of the range arrive after some
    /// that happened behind it.
    /// </summary>
    [Fact]
    public async Task A_back_test_of_a_range_in_the_middle_gives_the_alerts_that_the_stream_gave_there()
    {
        await using var bench = await CreateAsync();
        var longAgo = DateTimeOffset.UtcNow.AddDays(-90);
        var old = Enumerable.Range(0, 60).Select(i => Workbench.Event(
            $"old-{i:00}", 20m + i, customer: 1 + i % 8, merchant: $"Merchant {i % 3}") with { Timestamp = longAgo.AddHours(i) });
        var events = ScoringEvents.Make(600, seed: 31);
        foreach (var message in old.Concat(events))
            await bench.SendAsync(message);
        await bench.DrainAsync();
        var (from, to) = (events[200].Timestamp.UtcDateTime, events[400].Timestamp.UtcDateTime);
        from = new DateTime(from.Ticks - from.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc);
        to = new DateTime(to.Ticks - to.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc);

        var rules = await bench.Rules.CurrentAsync(Token);
        var found = new Dictionary<string, Alert>();
        await RunAsync(bench, rules, rules, from, to, alerted: (key, alert) => found.Add(key.TransactionId, alert));
        var live = await bench.ScalarAsync<string[]>($"""
            select array_agg(transaction_id || '|' || score || '|' || hits) from dw.fact_fraud_alerts where occurred_at >= '{from:O}' and occurred_at < '{to:O}'
            """);
        Assert.True(live.Length > 30, $"The stream gave {live.Length} alerts in the range.");
        Assert.Equal(live.Length, found.Count);
        foreach (var parts in live.Select(row => row.Split('|', 3)))
        {
            var alert = found[parts[0]];
            Assert.Equal(parts[1], $"{alert.Score}");
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(parts[2]), JsonNode.Parse(alert.HitsJson())), $"{parts[0]}: {parts[2]} against {alert.HitsJson()}");
        }
    }

    [Fact]
    public async Task A_candidate_is_compared_by_day_value_and_label()
    {
        await using var bench = await CreateAsync();
        var (monday, tuesday) = (new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 3, 9, 0, 0, TimeSpan.Zero));
        await bench.SendAsync(Workbench.Event("t-0", 9000m, 1) with { Timestamp = monday.AddDays(-1) });
        await bench.SendAsync(Workbench.Event("t-1", 150m, 1) with { Timestamp = monday });
        await bench.SendAsync(Workbench.Event("t-2", 4000m, 2) with { Timestamp = monday.AddHours(1) });
        await bench.SendAsync(Workbench.Event("t-3", 200m, 3) with { Timestamp = tuesday });
        await bench.SendAsync(Workbench.Event("t-4", 20m, 4) with { Timestamp = tuesday });
        await bench.SendAsync(Workbench.Event("t-5", 9000m, 5) with { Timestamp = tuesday.AddDays(1) });
        await bench.DrainAsync();
        await bench.ExecuteAsync("""
            insert into dw.alert_disposition (transaction_id, source_system, status, actor) values ('t-2', 'stream', 'confirmed_fraud', 'ada')
            """);
        await bench.ExecuteAsync("""
            insert into dw.alert_disposition (transaction_id, source_system, status, actor, after_disposition_id)
            select 't-2', 'stream', 'false_positive', 'ada', max(disposition_id) from dw.alert_disposition
            """);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "transaction_id,label\nt-1,1\n\"t-4\",fraud\nt-3,0\n", Token);

        var candidate = RuleSet.Parse(0, """[{"rule":"high-value","threshold":100,"currency":"USD"}]""");
        var live = RuleSet.Parse(7, """[{"rule":"high-value","threshold":3000,"currency":"USD"}]""");
        var report = await RunAsync(bench, candidate, live, monday.UtcDateTime.Date, tuesday.UtcDateTime.Date.AddDays(1), await Labels.LoadAsync(bench.Warehouse.DataSource, file, Token));
        File.Delete(file);

        Assert.Equal(1L, report.WarmUp);
        Assert.Equal([new Overlap(2, 2, 1, 1), new Overlap(2, 1, 0, 0)], report.Days.Values);
        Assert.Equal(new Value(4370m, 4350m, 4000m), report.Values["USD"]);
        Assert.Equal(new Hindsight(1, 1, 2, 150m, 20m), report.CandidateHindsight);
        Assert.Equal((1 / 3.0, 0.5), (report.CandidateHindsight.Precision!.Value, report.CandidateHindsight.Recall!.Value));
        Assert.Equal(new Hindsight(0, 2, 1, 0m, 170m), report.LiveHindsight);
        var text = string.Join('\n', BacktestText.Lines(report, TimeSpan.FromSeconds(1)));
        Assert.Contains("2026-03-02               2           2           1           1", text);
        Assert.Contains("Only the candidate alerts on 2, only the live rule set on 0.", text);
        Assert.Contains("candidate       0.3333    0.5000", text);
    }

    [Theory]
    [InlineData("--rules is missing.")]
    [InlineData("The file 'nowhere.json' does not exist.", "--rules", "nowhere.json")]
    [InlineData("'--rule' is no option of this command.", "--rule", "nowhere.json")]
    [InlineData("--from needs a date.", "--rules", "/dev/null", "--from", "yesterday")]
    public async Task A_command_that_is_not_understood_says_why(string sentence, params string[] options)
    {
        var (code, output, error) = await WorkerCommand.RunAsync([], ["backtest", .. options], Token);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"error: {sentence}", error);
    }

    [Fact]
    public async Task The_command_prints_what_a_candidate_would_do_and_refuses_one_that_is_not_sound()
    {
        await using var bench = await CreateAsync();
        await bench.SendAsync(Workbench.Event("t-1", 4000m));
        await bench.SendAsync(Workbench.Event("t-2", 2000m));
        await bench.DrainAsync();
        var environment = await WorkerCommand.CreateAsync(servers, 1, Token);
        environment["ConnectionStrings__warehouse"] = bench.Warehouse.ConnectionString;
        environment["Privacy__PiiKey"] = Workbench.PiiSecret;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """[{"rule":"high-value","threshold":1500,"currency":"USD"}]""", Token);
        var (code, output, error) = await WorkerCommand.RunAsync(environment, ["backtest", "--rules", file], Token);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("2 transactions evaluated", output);
        Assert.Contains("Only the candidate alerts on 1, only the live rule set on 0.", output);

        await File.WriteAllTextAsync(file, """[{"rule":"high-value","threshold":0,"currency":"USD"}]""", Token);
        (code, _, error) = await WorkerCommand.RunAsync(environment, ["backtest", "--rules", file], Token);
        File.Delete(file);
        Assert.Equal(2, code);
        Assert.Contains("high-value: threshold must be above zero", error);
    }

    private Task<Workbench> CreateAsync() => ScoringEvents.BenchAsync(servers, ScoringEvents.AllRules);

    private static async Task<BacktestReport> RunAsync(
        Workbench bench, RuleSet candidate, RuleSet live, DateTime? from = null, DateTime? to = null, Labels? labels = null, Action<TransactionKey, Alert>? alerted = null) =>
        await new Backtester(bench.Warehouse.DataSource).RunAsync(
            candidate, live, from, to, labels ?? await Labels.LoadAsync(bench.Warehouse.DataSource, null, Token), alerted, Token);
}

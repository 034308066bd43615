using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Backtest;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Scoring;
using Npgsql;

namespace Fintech.Etl.Worker.Commands;

/// <summary>Rule sets that the dashboard asks for: to be written, or to be tried on what has happened.</summary>
internal sealed class RequestedRules(RuleSetBook book, RuleSetStore store, NpgsqlDataSource warehouse, TimeProvider time)
{
    /// <summary>Whoever asks waits, and so do the commands behind: a longer range is for the command line.</summary>
    private const int MostDays = 90;

    /// <exception cref="RuleSetException">It is not taken; the message says why.</exception>
    public async Task<CommandAnswer> SetAsync(RulesSetArguments arguments, string actor, CancellationToken cancellationToken)
    {
        var version = await book.SetAsync(arguments.Base, arguments.Rules.GetRawText(), arguments.Because, actor, cancellationToken);
        return CommandAnswer.Done($"Rule set {version} is written; every worker has it within two seconds.", new JsonObject { ["version"] = version });
    }

    /// <exception cref="RuleSetException">The rules cannot be used.</exception>
    public async Task<CommandAnswer> BacktestAsync(RulesBacktestArguments arguments, PassReport report, CancellationToken cancellationToken)
    {
        if (arguments.Days is < 1 or > MostDays)
            return CommandAnswer.Failed($"days must be 1 to {MostDays}; a longer range is for the command line: backtest --rules FILE.");

        var draft = RuleDraft.Parse(arguments.Rules.GetRawText());
        var live = await store.CurrentAsync(cancellationToken);
        report.Doing = string.Create(CultureInfo.InvariantCulture, $"back-testing over {arguments.Days} days");
        var watch = Stopwatch.StartNew();
        var labels = await Labels.LoadAsync(warehouse, null, cancellationToken);
        var to = time.GetUtcNow().UtcDateTime;
        var found = await new Backtester(warehouse).RunAsync(
            draft with { Snoozes = live.Snoozes }, live, to.AddDays(-arguments.Days), to, labels, null, cancellationToken);
        return CommandAnswer.Done(
            string.Create(CultureInfo.InvariantCulture,
                $"Of {found.Total.Transactions:N0} transactions in {arguments.Days} days the draft alerts on {found.Total.Candidate:N0}, rule set {live.Version} on {found.Total.Live:N0}, both on {found.Total.Both:N0}."),
            Numbers(found, live.Version, watch.Elapsed));
    }

    private static JsonObject Numbers(BacktestReport report, int live, TimeSpan took) => new()
    {
        ["live_version"] = live,
        ["seconds"] = Math.Round(took.TotalSeconds, 1),
        ["transactions"] = report.Total.Transactions,
        ["draft"] = report.Total.Candidate,
        ["live"] = report.Total.Live,
        ["both"] = report.Total.Both,
        ["days"] = new JsonArray([.. report.Days.Select(day => (JsonNode)new JsonObject
        {
            ["day"] = day.Key.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["transactions"] = day.Value.Transactions,
            ["draft"] = day.Value.Candidate,
            ["live"] = day.Value.Live,
            ["both"] = day.Value.Both,
        })]),
        ["draft_rules"] = Rules(report.Candidate),
        ["live_rules"] = Rules(report.Live),
        ["values"] = new JsonArray([.. report.Values.Select(value => (JsonNode)new JsonObject
        {
            ["currency"] = value.Key,
            ["draft"] = value.Value.Candidate,
            ["live"] = value.Value.Live,
        })]),
        ["labels"] = report.Labels,
        ["draft_hindsight"] = Hindsight(report.CandidateHindsight),
        ["live_hindsight"] = Hindsight(report.LiveHindsight),
    };

    private static JsonArray Rules(RuleTally tally) => new([.. tally.RuleSet.Rules.Select((rule, i) => (JsonNode)new JsonObject
    {
        ["rule"] = rule.Title,
        ["evaluated"] = tally.Evaluated(i),
        ["alerted"] = tally.Of(i, RuleOutcome.Alerted),
        ["shadowed"] = tally.Of(i, RuleOutcome.Shadowed),
        ["snoozed"] = tally.Of(i, RuleOutcome.Snoozed),
    })]);

    private static JsonObject Hindsight(Hindsight found) => new()
    {
        ["precision"] = found.Precision,
        ["recall"] = found.Recall,
        ["caught"] = found.Caught,
        ["missed"] = found.Missed,
        ["false_alarms"] = found.FalseAlarms,
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Etl.Worker.Webhooks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Commands;

/// <summary>Does what a row of <c>etl.command</c> asks for, by the same classes as the worker's own commands, in the name of who asked.</summary>
internal sealed class CommandExecutor(
    BatchPass passes, SourceAudit audit, QuarantineBook quarantine, Replay replay, SnoozeBook snoozes, RequestedRules rules, CommandBook book, NpgsqlDataSource warehouse,
    IOptions<BatchOptions> options)
{
    private static readonly string[] Known =
        ["run", "audit", "rejected fix", "rejected replay", "rejected discard", "rules set", "rules backtest", "snooze", "snooze end", "webhooks retry", "cancel"];

    /// <param name="report">Filled as it goes, for who wants to look on.</param>
    /// <returns>An answer for every failure that has a sentence; others are thrown.</returns>
    /// <exception cref="BatchBusyException">A pass holds the warehouse: to be tried again.</exception>
    public async Task<CommandAnswer> ExecuteAsync(RequestedCommand command, PassReport report, CancellationToken cancellationToken)
    {
        try
        {
            return command.Name switch
            {
                "run" => await RunAsync(Read(command, CommandJson.Default.RunArguments), report, cancellationToken),
                "audit" => await AuditAsync(Read(command, CommandJson.Default.AuditArguments), command.Actor, cancellationToken),
                "rejected fix" => await FixAsync(Read(command, CommandJson.Default.FixArguments), command.Actor, cancellationToken),
                "rejected replay" => await ReplayAsync(Read(command, CommandJson.Default.ReplayArguments), command.Actor, report, cancellationToken),
                "rejected discard" => await DiscardAsync(Read(command, CommandJson.Default.DiscardArguments), command.Actor, cancellationToken),
                "snooze" => await snoozes.BeginAsync(Read(command, CommandJson.Default.SnoozeArguments), command.Actor, cancellationToken),
                "snooze end" => await snoozes.EndAsync(Read(command, CommandJson.Default.SnoozeEndArguments), command.Actor, cancellationToken),
                "rules set" => await rules.SetAsync(Read(command, CommandJson.Default.RulesSetArguments), command.Actor, cancellationToken),
                "rules backtest" => await rules.BacktestAsync(Read(command, CommandJson.Default.RulesBacktestArguments), report, cancellationToken),
                "webhooks retry" => await RetryAsync(Read(command, CommandJson.Default.WebhooksRetryArguments), command.Actor, cancellationToken),
                "cancel" => await CancelAsync(Read(command, CommandJson.Default.CancelArguments), command.RequestedBy, cancellationToken),
                _ => CommandAnswer.Failed($"There is no such command; known are {string.Join(", ", Known)}."),
            };
        }
        catch (JsonException e)
        {
            var at = e.Path is { Length: > 2 } path ? $" at {path[2..]}" : "";
            return CommandAnswer.Failed($"The arguments cannot be understood{at}.");
        }
        catch (BatchException e) when (e is not BatchBusyException)
        {
            return CommandAnswer.Failed(e.Message);
        }
    }

    private async Task<CommandAnswer> RunAsync(RunArguments arguments, PassReport report, CancellationToken cancellationToken)
    {
        if (!RunCommand.TryParse(arguments.Words, out var request, out var fault))
            return CommandAnswer.Failed(fault!);

        await passes.RunAsync(request with { Trigger = "dashboard" }, report, cancellationToken);
        var totals = report.Totals;
        return CommandAnswer.Done(
            request.DryRun
                ? $"Dry run {report.RunId}: read {totals.Read} = would load {totals.Loaded} + would quarantine {totals.Quarantined} + already known {totals.Known}. Nothing was changed."
                : $"Run {report.RunId}: read {totals.Read} = loaded {totals.Loaded} + quarantined {totals.Quarantined} + already known {totals.Known}.",
            Numbers(report));
    }

    private async Task<CommandAnswer> AuditAsync(AuditArguments arguments, string actor, CancellationToken cancellationToken)
    {
        var block = arguments.Block ?? options.Value.AuditBlock;
        if (block is < 1 or > AuditRequest.MostBlockSize)
            return CommandAnswer.Failed($"block must be 1 to {AuditRequest.MostBlockSize}.");

        var found = await audit.RunAsync(new AuditRequest(actor, arguments.Repair, block), cancellationToken);
        var numbers = new JsonObject { ["differences"] = found.DifferingRows, ["repair_run_id"] = found.Repair?.RunId };
        foreach (var difference in found.Differences)
            numbers[difference.Kind] = difference.Rows;
        return CommandAnswer.Done(AuditCommand.Lines(found).Last(), numbers);
    }

    private async Task<CommandAnswer> FixAsync(FixArguments arguments, string actor, CancellationToken cancellationToken)
    {
        string[] assignments = [.. (arguments.Set ?? new Dictionary<string, string>()).Select(field => $"{field.Key}={field.Value}")];
        if (assignments.Length == 0 && arguments.Event is null)
            return CommandAnswer.Failed("Nothing is to be set: give set, event, or both.");

        var (row, changes) = await quarantine.FixAsync(arguments.Id, assignments, arguments.Event?.GetRawText(), actor, cancellationToken);
        return CommandAnswer.Done($"Row {row.Id} is corrected ({string.Join(", ", changes.Select(change => change.Key))}); replay it to make it a fact.");
    }

    private async Task<CommandAnswer> DiscardAsync(DiscardArguments arguments, string actor, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(arguments.Because))
            return CommandAnswer.Failed("because must say why the rows will never be facts.");

        var filter = new RejectedFilter(Check: arguments.Check, Origin: arguments.Origin);
        if (arguments.Ids is { Length: > 0 } ids && filter == new RejectedFilter() && arguments.UpTo is null)
        {
            await quarantine.DiscardAsync(ids, arguments.Because, actor, cancellationToken);
            return Discarded(ids.Distinct().Count());
        }

        return arguments.Ids is null && filter != new RejectedFilter() && arguments.UpTo is { } upTo
            ? Discarded(await quarantine.DiscardAsync(filter, upTo, arguments.Because, actor, cancellationToken))
            : CommandAnswer.Failed("Say which rows: ids, or check or origin with up_to, the newest row that is meant.");
    }

    private static CommandAnswer Discarded(long rows) =>
        CommandAnswer.Done(rows == 0 ? "There is nothing to discard." : $"Discarded {Rows(rows)}.", new JsonObject { ["rows"] = rows });

    private async Task<CommandAnswer> RetryAsync(WebhooksRetryArguments arguments, string actor, CancellationToken cancellationToken)
    {
        if ((arguments.Ids is null ? 0 : 1) + (arguments.Target is null ? 0 : 1) + (arguments.All ? 1 : 0) != 1)
            return CommandAnswer.Failed("Say which dead letters: ids, a target, or all of them.");

        using var said = new StringWriter();
        var code = await WebhookCommand.RetryAsync(warehouse, arguments.Ids, arguments.Target, actor, said, cancellationToken);
        var message = said.ToString().TrimEnd();
        return code == ExitCode.Succeeded ? CommandAnswer.Done(message) : CommandAnswer.Failed(message);
    }

    private async Task<CommandAnswer> CancelAsync(CancelArguments arguments, string requestedBy, CancellationToken cancellationToken) =>
        await book.CancelAsync(arguments.Command, requestedBy, cancellationToken)
            ? CommandAnswer.Done($"Command {arguments.Command} is taken back.")
            : CommandAnswer.Failed($"There is no command {arguments.Command} that waits: it has begun, or has ended.");

    private async Task<CommandAnswer> ReplayAsync(ReplayArguments arguments, string actor, PassReport report, CancellationToken cancellationToken)
    {
        var filter = new RejectedFilter(Check: arguments.Check, Reason: arguments.Reason, Origin: arguments.Origin, Ids: arguments.Ids is { Length: > 0 } ids ? ids : null);
        if (filter != new RejectedFilter() == arguments.All)
            return CommandAnswer.Failed("Say which rows: ids, check, reason or origin, or all of them.");

        var plan = await replay.PlanAsync(filter, cancellationToken);
        var (runs, loaded, again) = (new JsonArray(), 0L, 0L);
        foreach (var batch in plan.Batches)
        {
            var pass = plan.Batches.Count == 1 ? report : new PassReport();
            report.Doing = $"replaying {batch.SourceSystem}";
            await replay.RunAsync(batch, actor, pass, cancellationToken);
            runs.Add(pass.RunId);
            (loaded, again) = (loaded + pass.Totals.Loaded.Rows, again + pass.Totals.Quarantined.Rows);
        }

        string[] sentences =
        [
            plan.Batches.Count == 0 ? "There is nothing to replay." : $"Replayed {Rows(plan.Rows)}: {loaded} became facts, {again} are in quarantine again.",
            .. plan.Refused.Select(refused => ReplayPlan.Sentence(refused.Key, refused.Value.Length)),
        ];
        var numbers = new JsonObject { ["runs"] = runs, ["rows"] = plan.Rows, ["loaded"] = loaded, ["quarantined"] = again };
        // A row that was named and cannot be taken is a failure; one that a filter found is not.
        return filter.Ids is not null && plan.Refused.Count > 0
            ? CommandAnswer.Failed(string.Join(' ', sentences), numbers)
            : CommandAnswer.Done(string.Join(' ', sentences), numbers);
    }

    private static JsonObject Numbers(PassReport report) => new()
    {
        ["run_id"] = report.RunId,
        ["read"] = report.Totals.Read.Rows,
        ["loaded"] = report.Totals.Loaded.Rows,
        ["quarantined"] = report.Totals.Quarantined.Rows,
        ["known"] = report.Totals.Known.Rows,
    };

    private static string Rows(long count) => count == 1 ? "1 row" : $"{count:N0} rows";

    private static T Read<T>(RequestedCommand command, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(command.Arguments, type) ?? throw new JsonException("They are null.");
}

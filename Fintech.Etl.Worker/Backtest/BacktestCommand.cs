using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Fintech.Etl.Worker.Scoring;
using Npgsql;

namespace Fintech.Etl.Worker.Backtest;

/// <summary><c>backtest --rules FILE [--from DATE] [--to DATE] [--labels FILE]</c>: what a rule set would have alerted.</summary>
internal static class BacktestCommand
{
    private const string Usage =
        "Usage: backtest --rules candidate.json [--from DATE] [--to DATE] [--labels file.csv]; DATE as 2026-01-31 or 2026-01-31T18:30 (UTC), --to is the first moment not evaluated; a line of the labels is transaction_id,label with label 1 (fraud) or 0.";

    private sealed record Request(string Rules, DateTime? From, DateTime? To, string? Labels);

    public static async Task<int> ExecuteAsync(string[] options) => Parse(options, out var fault) is { } request
        ? await CommandHost.RunAsync((services, cancellationToken) => RunAsync(services, request, cancellationToken))
        : await CommandHost.SayAsync(ExitCode.Misused, $"{fault} {Usage}");

    private static Request? Parse(string[] options, out string? fault)
    {
        var arguments = Arguments.Parse(options, ["--rules", "--from", "--to", "--labels"], [], out fault);
        DateTime? from = null, to = null;
        fault ??= arguments.Positional is [var extra, ..] ? $"'{extra}' is no option of this command."
            : arguments.Value("--rules") is not { } rules ? "--rules is missing."
            : !File.Exists(rules) ? $"The file '{rules}' does not exist."
            : arguments.Value("--labels") is { } labels && !File.Exists(labels) ? $"The file '{labels}' does not exist."
            : !TryDate(arguments.Value("--from"), out from) ? "--from needs a date."
            : !TryDate(arguments.Value("--to"), out to) ? "--to needs a date."
            : from >= to ? "--from must be before --to."
            : null;
        return fault is null ? new(arguments.Value("--rules")!, from, to, arguments.Value("--labels")) : null;
    }

    private static bool TryDate(string? text, out DateTime? date)
    {
        var understood = DateTime.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var found);
        date = understood ? found : null;
        return understood || text is null;
    }

    private static async Task<int> RunAsync(IServiceProvider services, Request request, CancellationToken cancellationToken)
    {
        RuleSet candidate;
        Labels labels;
        var warehouse = services.GetRequiredService<NpgsqlDataSource>();
        using var store = ActivatorUtilities.CreateInstance<RuleSetStore>(services);
        var live = await LiveAsync(store, cancellationToken);
        try
        {
            candidate = RuleSet.Parse(0, await File.ReadAllTextAsync(request.Rules, cancellationToken)) with { Snoozes = live.Snoozes };
            labels = await Labels.LoadAsync(warehouse, request.Labels, cancellationToken);
        }
        catch (JsonException e)
        {
            return await CommandHost.SayAsync(ExitCode.Misused, $"{request.Rules} is no rule set. {e.Message}");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return await CommandHost.SayAsync(ExitCode.Misused, e.Message);
        }

        var watch = Stopwatch.StartNew();
        var report = await new Backtester(warehouse).RunAsync(candidate, live, request.From, request.To, labels, null, cancellationToken);
        foreach (var line in BacktestText.Lines(report, watch.Elapsed))
            Console.WriteLine(line);
        return ExitCode.Succeeded;
    }

    private static async Task<RuleSet> LiveAsync(RuleSetStore store, CancellationToken cancellationToken)
    {
        try
        {
            return await store.CurrentAsync(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new BatchException(e.Message, e);
        }
    }
}

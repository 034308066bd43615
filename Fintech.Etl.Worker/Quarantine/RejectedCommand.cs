using System.Globalization;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary><c>rejected list | show | fix | replay | discard</c>: what the quarantine holds, and the way back out of it.</summary>
internal static class RejectedCommand
{
    private const int DefaultLimit = 50;

    private static readonly Dictionary<string, (string Usage, Func<string[], Parsed> Parse)> Verbs = new(StringComparer.Ordinal)
    {
        ["list"] = ("rejected list [--status open|replayed|discarded|all] [--check NAME] [--reason TEXT] [--origin NAME] [--limit N]", List),
        ["show"] = ("rejected show ID [--unseal]", Show),
        ["fix"] = ("rejected fix ID --set FIELD=VALUE [--set …] | --event JSON", Fix),
        ["replay"] = ("rejected replay ID … | [--check NAME] [--reason TEXT] [--origin NAME] | --all", ReplayRows),
        ["discard"] = ("rejected discard ID … --because TEXT", Discard),
    };

    /// <param name="Fault">What is wrong with the words, in a sentence; null where nothing is.</param>
    private readonly record struct Parsed(Func<IServiceProvider, CancellationToken, Task<int>>? Run, string? Fault);

    public static async Task<int> ExecuteAsync(string[] words)
    {
        if (words.Length == 0 || !Verbs.TryGetValue(words[0], out var verb))
            return await CommandHost.SayAsync(ExitCode.Misused, $"Usage: {string.Join("; ", Verbs.Values.Select(known => known.Usage))}.");

        var parsed = verb.Parse(words[1..]);
        return parsed.Run is { } run && parsed.Fault is null
            ? await CommandHost.RunAsync(run)
            : await CommandHost.SayAsync(ExitCode.Misused, $"{parsed.Fault} Usage: {verb.Usage}.");
    }

    private static Parsed List(string[] words)
    {
        var arguments = Arguments.Parse(words, ["--status", "--check", "--reason", "--origin", "--limit"], [], out var fault);
        var status = arguments.Value("--status") ?? RejectedRow.Open;
        var limit = DefaultLimit;
        fault ??= arguments.Positional is [var extra, ..] ? $"'{extra}' is no option of this command."
            : status is not (RejectedRow.Open or "replayed" or "discarded" or "all") ? $"'{status}' is no status: open, replayed, discarded or all."
            : arguments.Value("--limit") is { } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit > 0)
                ? $"--limit is '{text}'; a number above zero is expected."
                : null;
        var filter = Filter(arguments) with { Status = status == "all" ? null : status };
        return new Parsed(async (services, token) =>
        {
            var (rows, left) = await services.GetRequiredService<QuarantineBook>().ListAsync(filter, limit, token);
            RejectedPage.List(Console.Out, rows, left, status);
            return ExitCode.Succeeded;
        }, fault);
    }

    private static Parsed Show(string[] words)
    {
        var arguments = Arguments.Parse(words, [], ["--unseal"], out var fault);
        var ids = Ids(arguments, ref fault);
        fault ??= ids.Length == 1 ? null : "The number of one row is expected.";
        return new Parsed(async (services, token) =>
        {
            var book = services.GetRequiredService<QuarantineBook>();
            var row = await book.GetAsync(ids[0], token);
            var plain = arguments.Has("--unseal") ? await book.UnsealAsync(row.Id, AuditTrail.CommandActor, token) : null;
            RejectedPage.Show(Console.Out, row, plain);
            return ExitCode.Succeeded;
        }, fault);
    }

    private static Parsed Fix(string[] words)
    {
        var arguments = Arguments.Parse(words, ["--set", "--event"], [], out var fault);
        var ids = Ids(arguments, ref fault);
        fault ??= ids.Length != 1 ? "The number of one row is expected."
            : arguments.Values("--set").Count == 0 && arguments.Value("--event") is null ? "Nothing is given to set."
            : null;
        return new Parsed(async (services, token) =>
        {
            var (row, changes) = await services.GetRequiredService<QuarantineBook>()
                .FixAsync(ids[0], arguments.Values("--set"), arguments.Value("--event"), AuditTrail.CommandActor, token);
            RejectedPage.Fixed(Console.Out, row, changes);
            return ExitCode.Succeeded;
        }, fault);
    }

    private static Parsed Discard(string[] words)
    {
        var arguments = Arguments.Parse(words, ["--because"], [], out var fault);
        var ids = Ids(arguments, ref fault);
        fault ??= ids.Length == 0 ? "The number of at least one row is expected."
            : string.IsNullOrWhiteSpace(arguments.Value("--because")) ? "--because is missing: the audit keeps why."
            : null;
        return new Parsed(async (services, token) =>
        {
            await services.GetRequiredService<QuarantineBook>().DiscardAsync(ids, arguments.Value("--because")!, AuditTrail.CommandActor, token);
            Console.WriteLine($"Discarded {RejectedPage.Rows(ids.Distinct().Count())}.");
            return ExitCode.Succeeded;
        }, fault);
    }

    private static Parsed ReplayRows(string[] words)
    {
        var arguments = Arguments.Parse(words, ["--check", "--reason", "--origin"], ["--all"], out var fault);
        var ids = Ids(arguments, ref fault);
        var filter = Filter(arguments) with { Ids = ids.Length == 0 ? null : ids };
        var anything = filter != new RejectedFilter();
        fault ??= anything == arguments.Has("--all") ? "Say which rows: by number, by --check, --reason or --origin, or --all of them." : null;
        return new Parsed((services, token) => ReplayAsync(services, filter, token), fault);
    }

    private static async Task<int> ReplayAsync(IServiceProvider services, RejectedFilter filter, CancellationToken cancellationToken)
    {
        var replay = services.GetRequiredService<Replay>();
        if (filter.Ids is { } ids && await DecidedAsync(services.GetRequiredService<QuarantineBook>(), ids, cancellationToken) == ids.Count)
            return ExitCode.Succeeded;

        var plan = await replay.PlanAsync(filter, cancellationToken);
        foreach (var (why, rows) in plan.Refused)
            Console.WriteLine(ReplayPlan.Sentence(why, rows.Length));
        if (plan.Batches.Count == 0)
            Console.WriteLine("There is nothing to replay.");
        var done = 0;
        try
        {
            foreach (var batch in plan.Batches)
            {
                var report = new PassReport();
                await PassProgress.ShowAsync(report, replay.RunAsync(batch, AuditTrail.CommandActor, report, cancellationToken));
                RejectedPage.Replayed(Console.Out, batch, report);
                done++;
            }
        }
        catch (OperationCanceledException) when (done > 0)
        {
            return await CommandHost.SayAsync(ExitCode.Interrupted, "Interrupted; the runs told above are committed, nothing else was loaded.");
        }

        // A row that was named and cannot be taken is a failure; one that a filter found is not.
        return filter.Ids is not null && plan.Refused.Count > 0 ? ExitCode.Failed : ExitCode.Succeeded;
    }

    /// <summary>Says which of the rows that were named are decided already: asking twice is no mistake.</summary>
    private static async Task<int> DecidedAsync(QuarantineBook book, IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var decided = 0;
        foreach (var id in ids)
        {
            var row = await book.GetAsync(id, cancellationToken);
            if (row.Status == RejectedRow.Open)
                continue;
            Console.WriteLine(QuarantineBook.Decided(row));
            decided++;
        }

        return decided;
    }

    private static RejectedFilter Filter(Arguments arguments) =>
        new(Check: arguments.Value("--check"), Reason: arguments.Value("--reason"), Origin: arguments.Value("--origin"));

    private static long[] Ids(Arguments arguments, ref string? fault)
    {
        var ids = new List<long>();
        foreach (var word in arguments.Positional)
        {
            if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                ids.Add(id);
            else
                fault ??= $"'{word}' is no number of a rejected row.";
        }

        return [.. ids.Distinct()];
    }
}

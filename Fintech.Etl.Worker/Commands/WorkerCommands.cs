using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Backtest;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Status;
using Fintech.Etl.Worker.Webhooks;

namespace Fintech.Etl.Worker.Commands;

/// <summary>What the worker can be asked to do once, instead of serving: the first argument names it.</summary>
internal static class WorkerCommands
{
    private static readonly IReadOnlyDictionary<string, Func<string[], Task<int>>> All = new SortedDictionary<string, Func<string[], Task<int>>>(StringComparer.Ordinal)
    {
        ["audit"] = AuditCommand.ExecuteAsync,
        ["backtest"] = BacktestCommand.ExecuteAsync,
        ["erase-customer"] = EraseCommand.ExecuteAsync,
        ["rejected"] = RejectedCommand.ExecuteAsync,
        ["rotate-key"] = RotateKeyCommand.ExecuteAsync,
        ["rules"] = RulesCommand.ExecuteAsync,
        ["run"] = RunCommand.ExecuteAsync,
        ["status"] = StatusCommand.ExecuteAsync,
        ["webhooks"] = WebhookCommand.ExecuteAsync,
    };

    /// <summary>Settings of the host (<c>--urls …</c>) begin with a hyphen, commands do not.</summary>
    public static bool IsNamed(string[] args) => args is [[not '-', ..], ..];

    public static Task<int> ExecuteAsync(string[] args) => All.TryGetValue(args[0], out var command)
        ? command(args[1..])
        : CommandHost.SayAsync(ExitCode.Misused, $"'{args[0]}' is no command of the worker; it knows: {string.Join(", ", All.Keys)}.");
}

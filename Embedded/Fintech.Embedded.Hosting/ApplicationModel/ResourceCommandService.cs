using Fintech.Embedded.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

public static class KnownResourceCommands
{
    public static readonly string StartCommand = "start";
    public static readonly string StopCommand = "stop";
    public static readonly string RestartCommand = "restart";

    // Their names before Aspire 13.4, which it still takes: resource-start, resource-stop, resource-restart.
    internal const string LegacyPrefix = "resource-";
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }
}

/// <summary>Starts, stops and restarts single resources.</summary>
public class ResourceCommandService
{
    private readonly ApplicationRunner _application;

    internal ResourceCommandService(ApplicationRunner application) => _application = application;

    /// <param name="resourceId">A resource's name; of one with replicas the id of one of them.</param>
    /// <param name="commandName">One of <see cref="KnownResourceCommands"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (_application.RunnerOf(resourceId) is not { } runner)
            return Failure($"Resource '{resourceId}' not found.");

        var command = commandName.StartsWith(KnownResourceCommands.LegacyPrefix, StringComparison.OrdinalIgnoreCase)
            ? commandName[KnownResourceCommands.LegacyPrefix.Length..]
            : commandName;

        // A database starts and stops with its server.
        string[] known = runner.Resource is IResourceWithParent ? [] : [KnownResourceCommands.StartCommand, KnownResourceCommands.StopCommand, KnownResourceCommands.RestartCommand];
        if (!known.Contains(command, StringComparer.OrdinalIgnoreCase))
            return Failure($"Command '{commandName}' not available for resource '{resourceId}'.");

        try
        {
            return await ExecuteAsync(runner, command.ToLowerInvariant(), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new() { Success = false, Canceled = true };
        }
    }

    /// <summary>The same for every replica of a resource.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        var ids = resource.GetResolvedResourceNames();
        var results = await Task.WhenAll(ids.Select(id => ExecuteCommandAsync(id, commandName, cancellationToken)));
        if (results.Length == 1)
            return results[0];

        var failures = results.Where(r => !r.Success && !r.Canceled).Select(r => r.Message).ToArray();
        return failures.Length > 0
            ? Failure($"{failures.Length} command executions failed. {string.Join(' ', failures)}")
            : new() { Success = results.All(r => r.Success), Canceled = results.Any(r => r.Canceled), Message = string.Join(' ', results.Select(r => r.Message)) };
    }

    private static async Task<ExecuteCommandResult> ExecuteAsync(ResourceRunner runner, string command, CancellationToken cancellationToken)
    {
        var starts = command != KnownResourceCommands.StopCommand;
        var stops = command != KnownResourceCommands.StartCommand;

        if (stops && !await runner.StopAsync().WaitAsync(cancellationToken))
            return Failure($"Resource '{runner.Id}' does not run.");
        if (starts && !runner.Start())
            return Failure($"Resource '{runner.Id}' runs already.");

        return new() { Success = true, Message = $"Resource '{runner.Id}' {(starts ? stops ? "restarted" : "started" : "stopped")}." };
    }

    private static ExecuteCommandResult Failure(string message) => new() { Success = false, Message = message };
}

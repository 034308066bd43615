using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Console;
using Fintech.Embedded.Hosting.Provisioning;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>One resource from its first wait to its end: prepare, run, watch, start again.</summary>
internal sealed class ResourceRunner(
    IResource resource, ResourceNotificationService notifications, ResourceHealth health, RunEnvironment environment) : IDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Having run this long, a resource that dies is given a fresh start instead of a longer delay.</summary>
    private static readonly TimeSpan ProvenStable = TimeSpan.FromMinutes(1);

    private readonly ResourceLog _log = environment.Log;
    private readonly TimeProvider _time = environment.Time;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private TimeSpan _patience;

    public IResource Resource => resource;

    /// <summary>Why it could not be started, if so.</summary>
    public Exception? Failure { get; private set; }

    public void Start() => _running = RunAsync();

    public async Task StopAsync(TimeSpan patience)
    {
        _patience = patience;
        await _stopping.CancelAsync();
        await _running;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        var cancellationToken = _stopping.Token;
        try
        {
            await EnterAsync(KnownResourceStates.Waiting);
            await notifications.WaitForDependenciesAsync(resource, cancellationToken);
            if (resource is IResourceWithParent child)
                await notifications.WaitForResourceHealthyAsync(child.Parent.Name, cancellationToken);

            await RunUntilFinishedAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EnterAsync(KnownResourceStates.Finished);
        }
        catch (Exception e)
        {
            Failure = e;
            _log.Write(resource.Name, e is DistributedApplicationException ? e.Message : e.ToString());
            await EnterAsync(KnownResourceStates.FailedToStart);
        }
    }

    private async Task RunUntilFinishedAsync(CancellationToken cancellationToken)
    {
        var delay = TimeSpan.FromSeconds(1);
        var startup = resource.Annotations.OfType<StartupAnnotation>().Last();
        var everHealthy = false;

        while (true)
        {
            await EnterAsync(KnownResourceStates.Starting);
            var context = await ContextAsync(cancellationToken);
            var spec = await startup.PrepareAsync(context, cancellationToken);
            var started = _time.GetTimestamp();

            if (spec is null)
            {
                await WatchAsync(context, processId: null, () => { }, cancellationToken);
                return;
            }

            var (exitCode, wasHealthy) = await RunProcessAsync(spec, context, cancellationToken);
            everHealthy |= wasHealthy;      // A process killed while it starts again has worked before: it is not misconfigured.
            var restart = spec.Restart == Restart.Always || (spec.Restart == Restart.AfterFailure && exitCode != 0);
            if (cancellationToken.IsCancellationRequested || !restart || !(everHealthy || environment.Policy.RestartBeforeHealthy))
            {
                await EnterAsync(exitCode == 0 || cancellationToken.IsCancellationRequested ? KnownResourceStates.Finished : KnownResourceStates.Exited, exitCode);
                return;
            }

            if (_time.GetElapsedTime(started) > ProvenStable)
                delay = TimeSpan.FromSeconds(1);

            _log.Write(resource.Name, string.Create(
                CultureInfo.InvariantCulture, $"Ended with exit code {exitCode}; it is started again in {delay.TotalSeconds:0} s."));
            await EnterAsync(KnownResourceStates.RuntimeUnhealthy, exitCode);
            await Task.Delay(delay, _time, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private async Task<(int ExitCode, bool WasHealthy)> RunProcessAsync(ProcessSpec spec, StartContext context, CancellationToken cancellationToken)
    {
        using var child = await ChildProcess.StartAsync(spec, line => _log.Write(resource.Name, line));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var wasHealthy = false;
        var watching = WatchAsync(context, child.Id, () => wasHealthy = true, ended.Token);

        // The end of the watch while the process runs is a failure of ours, such as a database user that cannot be made.
        var first = await Task.WhenAny(child.Exited, watching);
        if (first == watching)
        {
            if (watching.Exception is { InnerException: not DistributedApplicationException })
                _log.Write(resource.Name, watching.Exception.ToString());
            if (!cancellationToken.IsCancellationRequested)
                _patience = TimeSpan.FromSeconds(5);
            await EnterAsync(KnownResourceStates.Stopping);
            await child.StopAsync(spec.StopSignal, _patience);
        }

        await ended.CancelAsync();
        await Task.WhenAny(watching);

        // What a person must put right, such as passwords that are not those of the data, no new start will.
        if (watching.Exception?.InnerException is DistributedApplicationException failure)
            ExceptionDispatchInfo.Throw(failure);

        return (await child.Exited, wasHealthy);
    }

    private async Task WatchAsync(StartContext context, int? processId, Action onHealthy, CancellationToken cancellationToken)
    {
        foreach (var annotation in resource.Annotations.OfType<RunningAnnotation>())
            await annotation.OnRunningAsync(context, cancellationToken);

        await notifications.PublishUpdateAsync(resource, snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = _time.GetUtcNow().UtcDateTime,
            StopTimeStamp = null,
            ExitCode = null,
            Urls = [.. resource.Annotations.OfType<EndpointAnnotation>().Select(e => new UrlSnapshot(e.Name, e.AllocatedEndpoint!.UriString, !e.IsExternal))],
            Properties = processId is null ? [] : [new("executable.pid", processId)],
            HealthReports = health.NotYetRun(resource),
        });

        await health.WatchAsync(resource, onHealthy, cancellationToken);
    }

    private async Task<StartContext> ContextAsync(CancellationToken cancellationToken)
    {
        var execution = new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run);

        return new(
            resource,
            await resource.ResolveArgumentsAsync(execution, cancellationToken),
            await resource.ResolveEnvironmentAsync(execution, cancellationToken),
            environment.Data,
            environment.Packages,
            line => _log.Write(resource.Name, line));
    }

    private Task EnterAsync(string state, int? exitCode = null) => notifications.PublishUpdateAsync(resource, snapshot => snapshot with
    {
        State = state,
        ExitCode = exitCode,
        StopTimeStamp = exitCode is null ? snapshot.StopTimeStamp : _time.GetUtcNow().UtcDateTime,
        HealthReports = ImmutableArray<HealthReportSnapshot>.Empty,
    });
}

/// <summary>What all resources of a run share.</summary>
internal sealed record RunEnvironment(DataFolder Data, PackageCache Packages, ResourceLog Log, RunPolicy Policy, TimeProvider Time);

/// <param name="RestartBeforeHealthy">
/// Start again what never came up: right for a run, where the cause may pass; wrong for a test, which is to see the failure at once.
/// </param>
internal sealed record RunPolicy(bool RestartBeforeHealthy, bool RandomizePorts);

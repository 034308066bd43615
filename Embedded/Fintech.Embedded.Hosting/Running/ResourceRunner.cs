using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Console;
using Fintech.Embedded.Hosting.Provisioning;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>One process of a resource from its first wait to its end, as often as it is asked for: prepare, run, watch, start again.</summary>
internal sealed class ResourceRunner(
    ResourceInstance instance, ResourceNotificationService notifications, ResourceHealth health, RunEnvironment environment) : IDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Having run this long, a resource that dies is given a fresh start instead of a longer delay.</summary>
    private static readonly TimeSpan ProvenStable = TimeSpan.FromMinutes(1);

    // Ctrl+C to prompt takes ten seconds at the very most; the services get the first half.
    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(4);

    private readonly ResourceLog _log = environment.Log;
    private readonly TimeProvider _time = environment.Time;
    private readonly Lock _lock = new();
    private CancellationTokenSource _stopping = new();
    private TaskCompletionSource _waitIsOver = new();
    private Task _running = Task.CompletedTask;
    private bool _closed;

    public IResource Resource => instance.Resource;

    public string Id => instance.Id;

    /// <summary>Why it could not be started, if so.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Begins a run. One that still waits for others waits no longer: who asks for it has seen that.</summary>
    /// <returns>False where it runs already, or the application stops.</returns>
    public bool Start()
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            if (!_running.IsCompleted)
                return _waitIsOver.TrySetResult();

            Failure = null;
            (_stopping, _waitIsOver) = (new(), new(TaskCreationOptions.RunContinuationsAsynchronously));
            _running = RunAsync(_waitIsOver, _stopping.Token);
            return true;
        }
    }

    /// <summary>Leaves it to a command to start it.</summary>
    public Task HoldAsync() => EnterAsync(KnownResourceStates.NotStarted);

    /// <returns>False where there was nothing to stop.</returns>
    public Task<bool> StopAsync() => StopAsync(forGood: false);

    public Task StopForGoodAsync() => StopAsync(forGood: true);

    public void Dispose() => _stopping.Dispose();

    private async Task<bool> StopAsync(bool forGood)
    {
        Task running, asking;
        lock (_lock)
        {
            _closed |= forGood;
            if (_running.IsCompleted)
                return false;

            (running, asking) = (_running, _stopping.CancelAsync());
        }

        await asking;
        await running;
        return true;
    }

    private async Task RunAsync(TaskCompletionSource waitIsOver, CancellationToken cancellationToken)
    {
        try
        {
            await EnterAsync(KnownResourceStates.Waiting);
            await WaitForOthersAsync(waitIsOver, cancellationToken);
            await RunUntilFinishedAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EnterAsync(KnownResourceStates.Finished);
        }
        catch (Exception e)
        {
            Failure = e;
            _log.WriteFailure(Id, e is DistributedApplicationException ? e.Message : e.ToString());
            await EnterAsync(KnownResourceStates.FailedToStart);
        }
    }

    private async Task WaitForOthersAsync(TaskCompletionSource waitIsOver, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var others = WaitAsync();
        await await Task.WhenAny(others, waitIsOver.Task);
        waitIsOver.TrySetResult();

        await waiting.CancelAsync();
        await Task.WhenAny(others);

        async Task WaitAsync()
        {
            await notifications.WaitForDependenciesAsync(Resource, waiting.Token);
            if (Resource is IResourceWithParent child)
                await notifications.WaitForResourceHealthyAsync(child.Parent.Name, waiting.Token);
        }
    }

    private async Task RunUntilFinishedAsync(CancellationToken cancellationToken)
    {
        var (attempt, delay) = (0, TimeSpan.FromSeconds(1));
        var startup = Resource.Annotations.OfType<StartupAnnotation>().Last();
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
            var asked = cancellationToken.IsCancellationRequested;
            if (asked || !restart || !(everHealthy || environment.Policy.RestartBeforeHealthy))
            {
                if (exitCode != 0 && !asked)
                    _log.WriteFailure(Id, string.Create(CultureInfo.InvariantCulture, $"Ended with exit code {exitCode}."));
                await EnterAsync(exitCode == 0 || asked ? KnownResourceStates.Finished : KnownResourceStates.Exited, exitCode);
                return;
            }

            if (_time.GetElapsedTime(started) > ProvenStable)
                (attempt, delay) = (0, TimeSpan.FromSeconds(1));

            attempt++;
            _log.WriteFailure(Id, string.Create(
                CultureInfo.InvariantCulture, $"Ended with exit code {exitCode}; it is started again in {delay.TotalSeconds:0} s (attempt {attempt})."));
            await EnterAsync(
                KnownResourceStates.RuntimeUnhealthy, exitCode, new(RestartProperties.Attempt, attempt), new(RestartProperties.Delay, delay));
            await Task.Delay(delay, _time, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private async Task<(int ExitCode, bool WasHealthy)> RunProcessAsync(ProcessSpec spec, StartContext context, CancellationToken cancellationToken)
    {
        using var child = await ChildProcess.StartAsync(spec, line => _log.Write(Id, line));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var wasHealthy = false;
        var watching = WatchAsync(context, child.Id, () => wasHealthy = true, ended.Token);

        // The end of the watch while the process runs is a failure of ours, such as a database user that cannot be made.
        var first = await Task.WhenAny(child.Exited, watching);
        if (first == watching)
        {
            if (watching.Exception is { InnerException: not DistributedApplicationException })
                _log.WriteFailure(Id, watching.Exception.ToString());
            await EnterAsync(KnownResourceStates.Stopping);
            await child.StopAsync(spec.StopSignal, Resource is ContainerResource ? ServerPatience : ServicePatience);
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
        foreach (var annotation in Resource.Annotations.OfType<RunningAnnotation>())
            await annotation.OnRunningAsync(context, cancellationToken);

        var urls = await UrlsAsync(cancellationToken);
        await notifications.PublishUpdateAsync(Resource, Id, snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = _time.GetUtcNow().UtcDateTime,
            StopTimeStamp = null,
            ExitCode = null,
            Urls = urls,
            Properties = processId is null ? [] : [new("executable.pid", processId)],
            HealthReports = health.NotYetRun(Resource),
        });

        await health.WatchAsync(instance, onHealthy, cancellationToken);
    }

    /// <summary>Of each endpoint, as the application wants them shown.</summary>
    private async Task<ImmutableArray<UrlSnapshot>> UrlsAsync(CancellationToken cancellationToken)
    {
        var endpoints = Resource.Annotations.OfType<EndpointAnnotation>().ToList();
        var context = new ResourceUrlsCallbackContext(
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run),
            Resource,
            [.. endpoints.Select(e => new ResourceUrlAnnotation
            {
                Url = e.AllocatedEndpoint!.UriString,
                Endpoint = Resource is IResourceWithEndpoints owner ? new EndpointReference(owner, e.Name) : null,
            })],
            cancellationToken);
        foreach (var annotation in Resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
            await annotation.Callback(context);

        return [.. context.Urls.Select(url => new UrlSnapshot(
            url.Endpoint?.EndpointName, url.Url, endpoints.Find(e => e.Name == url.Endpoint?.EndpointName) is not { IsExternal: true }))];
    }

    private async Task<StartContext> ContextAsync(CancellationToken cancellationToken)
    {
        var execution = new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run);

        return new(
            Resource,
            [.. (await Resource.ResolveArgumentsAsync(execution, cancellationToken)).Select(instance.Fill)],
            (await Resource.ResolveEnvironmentAsync(execution, cancellationToken)).ToDictionary(e => e.Key, e => instance.Fill(e.Value)),
            environment.Data,
            environment.Packages,
            line => _log.Write(Id, line));
    }

    private Task EnterAsync(string state, int? exitCode = null, params ResourcePropertySnapshot[] properties) =>
        notifications.PublishUpdateAsync(Resource, Id, snapshot => snapshot with
        {
            State = state,
            ExitCode = exitCode,
            StopTimeStamp = exitCode is null ? snapshot.StopTimeStamp : _time.GetUtcNow().UtcDateTime,
            Properties = [.. properties],
            HealthReports = [],
        });
}

/// <summary>What all resources of a run share.</summary>
internal sealed record RunEnvironment(DataFolder Data, PackageCache Packages, ResourceLog Log, RunPolicy Policy, TimeProvider Time);

/// <param name="RestartBeforeHealthy">
/// Start again what never came up: right for a run, where the cause may pass; wrong for a test, which is to see the failure at once.
/// </param>
internal sealed record RunPolicy(bool RestartBeforeHealthy, bool RandomizePorts);

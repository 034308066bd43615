using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Fintech.Embedded.Hosting.Console;

/// <summary>Tells a person how the run goes: the table as soon as there is nothing more to wait for, then every change of a state.</summary>
internal sealed class RunReport(
    DistributedApplicationModel model, ResourceNotificationService notifications, Terminal terminal, CommandPrompt prompt,
    TelemetryReceiver telemetry, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, TimeSpan> _took = [];
    private readonly Dictionary<string, string> _told = [];
    private Task _reporting = Task.CompletedTask;
    private long _began;
    private bool _tableIsOut;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        prompt.Listen();
        _reporting = ReportAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    /// <summary>What follows is the stop of everything, which needs no telling.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _reporting;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        _began = time.GetTimestamp();
        try
        {
            await foreach (var update in notifications.WatchAsync(cancellationToken))
            {
                NoteTime(update);

                // Nothing works without it, so the run ends; where it was started by hand, a person is there to see to it.
                if (!_tableIsOut && IsIn(update, KnownResourceStates.FailedToStart) && !update.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
                {
                    Environment.ExitCode = 1;
                    lifetime.StopApplication();
                    return;
                }

                TellChange(update);
                if (!_tableIsOut && model.Resources.Where(r => r.HasAnnotationOfType<StartupAnnotation>()).All(r => IsSettled(r, [])))
                    WriteTable();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }

    private void WriteTable()
    {
        var states = model.Resources.Where(Terminal.IsShown).SelectMany(StatesOf).ToList();
        foreach (var state in states)
        {
            NoteTime(state); // What is known can be ahead of the updates that were read.
            _told[state.ResourceId] = Terminal.StateOf(state);
        }

        _tableIsOut = true;
        terminal.WriteTable(states, _took, telemetry.LoginUrl, prompt.IsOffered);
    }

    private void NoteTime(ResourceEvent known)
    {
        if (known.Resource.HasAnnotationOfType<StartupAnnotation>() && (IsUp(known) || IsAtItsEnd(known)))
            _took.TryAdd(known.ResourceId, time.GetElapsedTime(_began));
    }

    private void TellChange(ResourceEvent update)
    {
        // On its way up or down, or not yet looked at: what it comes to is told. Before the table only what goes wrong is news.
        var isNews = IsIn(update, KnownResourceStates.RuntimeUnhealthy) || (_tableIsOut && !IsPassing(update));
        var state = Terminal.StateOf(update);
        if (!isNews || _told.GetValueOrDefault(update.ResourceId) == state)
            return;

        _told[update.ResourceId] = state;
        var complaint = update.Snapshot.HealthReports.FirstOrDefault(r => r.Status != HealthStatus.Healthy)?.Description;
        terminal.WriteChange(update.ResourceId, complaint is null ? state : $"{state}: {complaint}");
    }

    private bool IsPassing(ResourceEvent update) =>
        !Terminal.IsShown(update.Resource) || IsIn(update, KnownResourceStates.Starting) || IsIn(update, KnownResourceStates.Stopping)
        || (IsIn(update, KnownResourceStates.Running) && update.Snapshot.HealthReports.Any(r => r.Status is null))
        // Each process needs a moment until it answers: one that was down, and does not answer yet, is still coming up.
        || (IsIn(update, KnownResourceStates.Running) && !IsUp(update)
            && _told.GetValueOrDefault(update.ResourceId) is not (nameof(HealthStatus.Healthy) or nameof(HealthStatus.Degraded)));

    /// <summary>Nothing more happens to it by itself: it is up, at its end, or waits for one that is not up and will not come.</summary>
    private bool IsSettled(IResource resource, HashSet<IResource> asking)
    {
        var states = StatesOf(resource).ToList();
        return states.Count > 0 && states.All(state => IsUp(state) || IsAtItsEnd(state) || IsIn(state, KnownResourceStates.NotStarted)
            || (IsIn(state, KnownResourceStates.Waiting) && WaitsInVain(resource, asking)));
    }

    private bool WaitsInVain(IResource resource, HashSet<IResource> asking)
    {
        // A circle of resources that wait for one another.
        if (!asking.Add(resource))
            return true;

        var waits = resource.Annotations.OfType<WaitAnnotation>().Select(w => (w.Resource, OfItsEnd: w.WaitType == WaitType.WaitForCompletion))
            .Concat(resource is IResourceWithParent child ? [(child.Parent, false)] : []);
        var inVain = waits.Any(w => IsSettled(w.Resource, asking) && !StatesOf(w.Resource).All(state => IsUp(state) || (w.OfItsEnd && IsAtItsEnd(state))));
        asking.Remove(resource);
        return inVain;
    }

    private IEnumerable<ResourceEvent> StatesOf(IResource resource) => resource.GetResolvedResourceNames()
        .Select(id => notifications.TryGetCurrentState(id, out var state) ? state : null)
        .OfType<ResourceEvent>();

    private static bool IsUp(ResourceEvent known) => known.Snapshot.HealthStatus == HealthStatus.Healthy;

    private static bool IsAtItsEnd(ResourceEvent known) => KnownResourceStates.TerminalStates.Contains(known.Snapshot.State?.Text);

    private static bool IsIn(ResourceEvent known, string state) => known.Snapshot.State?.Text == state;
}

using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security.Links;

/// <summary>
/// Whoever sees the output of the process can sign in: it always shows one open link, the next one as soon as one is used or too old.
/// Written to the output itself and not to the log, which travels to collectors and is kept.
/// </summary>
internal sealed class LinkPrinter(
    LinkStore links, OwnAddress own, IOptions<AccessOptions> options, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>By default who sits at the machine may do everything, and who comes over the network looks on.</summary>
    private string Role => options.Value.LinkRole ?? (own.Address.IsLoopback ? Roles.Admin : Roles.Viewer);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Only a server that listens knows its port.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        var token = First();
        Print(token);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (links.IsOpen(token))
                continue;
            token = links.Issue(Grant());
            Print(token);
        }
    }

    /// <summary>A token from outside may have been used before this process began.</summary>
    private string First() => options.Value.LinkToken is { } given && (links.TryAdd(given, Grant()) || links.IsOpen(given))
        ? given
        : links.Issue(Grant());

    private LinkGrant Grant() => new(options.Value.LinkName, Role, time.GetUtcNow() + options.Value.LinkLifetime);

    private void Print(string token) =>
        Console.Out.WriteLine($"Sign in as {Role}, once: {new Uri(own.Address, $"{SignIn.SignInEndpoints.Path}?t={token}")}");
}

using System.Net;
using System.Threading.Channels;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Live.Filters;
using Microsoft.AspNetCore.SignalR.Client;

namespace Fintech.Tests.Dashboard;

/// <summary>A page without a browser: what the hub sends it, in order.</summary>
internal sealed class LivePage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HubConnection connection;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<LiveSnapshot> snapshots = Channel.CreateUnbounded<LiveSnapshot>();
    private readonly Channel<LiveFrame> frames = Channel.CreateUnbounded<LiveFrame>();

    private LivePage(HubConnection connection)
    {
        this.connection = connection;
        connection.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        connection.On<LiveSnapshot>(nameof(ILiveClient.Snapshot), snapshot => snapshots.Writer.TryWrite(snapshot));
        connection.On<LiveFrame>(nameof(ILiveClient.Frame), frame => frames.Writer.TryWrite(frame));
    }

    /// <param name="cookies">Of somebody who signed in, where the dashboard asks for it.</param>
    public static async Task<LivePage> OpenAsync(DashboardApp app, CancellationToken cancellationToken, CookieContainer? cookies = null)
    {
        var page = new LivePage(new HubConnectionBuilder()
            .WithUrl(new Uri(app.Address, LiveHub.Path), connection => connection.Cookies = cookies ?? new CookieContainer())
            .Build());
        await page.connection.StartAsync(cancellationToken);
        return page;
    }

    /// <summary>Ended when the server has ended the connection.</summary>
    public Task Closed => closed.Task;

    public async Task<LiveSnapshot> SubscribeAsync(string window, CancellationToken cancellationToken)
    {
        await connection.InvokeAsync("Subscribe", window, cancellationToken);
        return await NextSnapshotAsync(cancellationToken);
    }

    public async Task<LiveSnapshot> SubscribeAsync(string window, FilterRequest filter, CancellationToken cancellationToken)
    {
        await connection.InvokeAsync("SubscribeFiltered", window, filter, cancellationToken);
        return await NextSnapshotAsync(cancellationToken);
    }

    /// <summary>A filter that was read for the first time begins anew with a snapshot.</summary>
    public Task<LiveSnapshot> NextSnapshotAsync(CancellationToken cancellationToken) =>
        snapshots.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);

    public Task<LiveFrame> NextAsync(CancellationToken cancellationToken) =>
        frames.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);

    /// <summary>The first frame that shows what was waited for; every frame is looked at once.</summary>
    public Task<LiveFrame> NextAsync(string what, Func<LiveFrame, bool> shows, CancellationToken cancellationToken) =>
        Eventually.ReadAsync(what, NextAsync, shows, Patience, cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}

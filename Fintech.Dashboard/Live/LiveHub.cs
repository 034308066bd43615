using Microsoft.AspNetCore.SignalR;

namespace Fintech.Dashboard.Live;

/// <summary>What the page asks of the server. Without state: <see cref="LiveBoard"/> knows who watches what.</summary>
internal sealed class LiveHub(LiveBoard board) : Hub<ILiveClient>
{
    public const string Path = "/hubs/live";

    /// <summary>Answered by a snapshot of the window, then frames. Called again it changes the window.</summary>
    /// <param name="window"><c>5m</c>, <c>1h</c>, <c>today</c> or <c>all</c>.</param>
    public void Subscribe(string window) => board.Watch(
        Context.ConnectionId,
        LiveWindow.Find(window) ?? throw new HubException(LiveWindow.UnknownMessage(window)),
        Context.ConnectionAborted);
}

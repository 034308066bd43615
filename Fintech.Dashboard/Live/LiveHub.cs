using Fintech.Dashboard.Live.Filters;
using Microsoft.AspNetCore.SignalR;

namespace Fintech.Dashboard.Live;

/// <summary>What the page asks of the server. Without state: <see cref="LiveBoard"/> knows who watches what.</summary>
internal sealed class LiveHub(LiveBoard board, FilterBook book) : Hub<ILiveClient>
{
    public const string Path = "/hubs/live";

    /// <summary>Answered by a snapshot of the window, then frames. Called again it changes the window.</summary>
    /// <param name="window"><c>1m</c>, <c>5m</c>, <c>1h</c>, <c>today</c> or <c>all</c>.</param>
    public void Subscribe(string window) => Watch(window, LiveFilter.None);

    /// <summary>The same, narrowed to what a filter lets through.</summary>
    public void SubscribeFiltered(string window, FilterRequest? filter)
    {
        var parsed = LiveFilter.Parse(filter, out var fault) ?? throw new HubException(fault);
        if (!book.Admits(parsed))
            throw new HubException(FilterBook.TooManyMessage);

        Watch(window, parsed);
    }

    private void Watch(string window, LiveFilter filter) => board.Watch(
        Context.ConnectionId,
        new LiveView(LiveWindow.Find(window) ?? throw new HubException(LiveWindow.UnknownMessage(window)), filter),
        Context.ConnectionAborted);
}

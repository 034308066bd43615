using System.ComponentModel;
using Fintech.Dashboard.Live.Feed;
using Fintech.Dashboard.Live.Filters;
using Fintech.Dashboard.Live.Warehouse;
using Fintech.Dashboard.Security;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Live;

internal static class LiveSetup
{
    /// <summary>The live page's hub, the service behind it, and the read API.</summary>
    public static void AddLive(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<DashboardOptions>().BindConfiguration(DashboardOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DashboardOptions>, ValidateDashboardOptions>();

        builder.Services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = 4 * 1024;    // The page only ever names a window and a filter, which is bounded.
            hub.KeepAliveInterval = TimeSpan.FromSeconds(10);
        });

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<LiveMetrics>();
        builder.Services.AddSingleton<FeedReader>();
        builder.Services.AddSingleton<StreamLag>();
        builder.Services.AddSingleton<LiveReader>();
        builder.Services.AddSingleton<LiveComposer>();
        builder.Services.AddSingleton<SnapshotGate>();
        builder.Services.AddSingleton<LiveBoard>();
        builder.Services.AddSingleton<FilterBook>();
        builder.Services.AddSingleton<FilterReader>();
        builder.Services.AddHostedService<FilterService>();
        builder.Services.AddSingleton<ShownAlerts>();
        builder.Services.AddHostedService<LiveService>();
        builder.Services.AddHostedService<ShownWriter>();
    }

    public static void MapLive(this WebApplication app, RouteGroupBuilder api)
    {
        app.MapHub<LiveHub>(LiveHub.Path, hub => hub.CloseOnAuthenticationExpiration = true).RequireAuthorization(Policies.Viewer);
        api.MapGet("/kpis", KpisAsync).WithTags("Live").WithSummary("Figures of a window, as of the question.")
            .Produces<KpiReading>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> KpisAsync(LiveBoard board, CancellationToken cancellationToken, [Description("1m, 5m, 1h, today or all, by arrival.")] string window = "5m")
    {
        if (LiveWindow.Find(window) is not { } known)
            return Results.Problem(LiveWindow.UnknownMessage(window), statusCode: StatusCodes.Status400BadRequest, title: "Unknown window");

        var state = await board.NextAsync(known, cancellationToken);
        var frame = state.Frames[known];

        // A program that asks for a number must not take an old one for it.
        return state.WarehouseFault is { } fault
            ? Results.Problem(fault, statusCode: StatusCodes.Status503ServiceUnavailable, title: "The warehouse cannot be read")
            : Results.Ok(new KpiReading(frame.Window, frame.At, frame.Kpis, frame.Previous, frame.Categories, frame.Pipeline));
    }
}

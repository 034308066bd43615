using Npgsql;

namespace Fintech.Dashboard.Api;

/// <summary>Tells a client that the warehouse is away for a moment, which is worth another try, from what is wrong with the server or the request.</summary>
internal static partial class WarehouseAway
{
    public static RouteGroupBuilder TellWhenWarehouseIsAway(this RouteGroupBuilder group) => group.AddEndpointFilter(TellAsync);

    /// <summary>What the warehouse refuses because of what was asked is no failure of it, and not caught here.</summary>
    private static async ValueTask<object?> TellAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is NpgsqlException and not PostgresException { IsTransient: false } or TimeoutException)
        {
            var http = context.HttpContext;
            LogAway(http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WarehouseAway).FullName!), e, http.Request.Path);
            return Results.Problem("The warehouse cannot be read at the moment.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "The warehouse is away");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The warehouse could not be read for {Path}")]
    private static partial void LogAway(ILogger logger, Exception exception, string path);
}

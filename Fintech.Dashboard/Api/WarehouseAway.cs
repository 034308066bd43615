using Npgsql;

namespace Fintech.Dashboard.Api;

/// <summary>Of everything below <c>/api</c>: a warehouse that cannot be read is a 503, and a client asks again; a 500 would say that asking again is of no use.</summary>
internal static partial class WarehouseAway
{
    public static RouteGroupBuilder TellWarehouseAway(this RouteGroupBuilder api) => api.AddEndpointFilter(TellAsync);

    /// <summary>What the warehouse refuses because of what was asked is no failure of it, and not caught here.</summary>
    private static async ValueTask<object?> TellAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is NpgsqlException and not PostgresException { IsTransient: false } or TimeoutException)
        {
            LogAway(context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WarehouseAway).FullName!), e, context.HttpContext.Request.Path);
            return Results.Problem("The warehouse cannot be read at the moment.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "The warehouse is away");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The warehouse could not be read for {Path}")]
    private static partial void LogAway(ILogger logger, Exception exception, string path);
}

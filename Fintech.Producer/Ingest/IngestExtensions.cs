using System.Threading.RateLimiting;
using Fintech.Contracts;
using Fintech.Producer.Streams;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Ingest;

internal static class IngestExtensions
{
    private const string Buffer = "ingest";
    private const string KeyName = "ingest.key";

    /// <summary>Transactions of other systems over HTTP, with the document that describes how (<c>/openapi/v1.json</c>).</summary>
    public static void AddIngest(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<IngestOptions>().BindConfiguration(IngestOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<IngestOptions>, IngestValidation>();

        builder.AddStreams();
        builder.Services.AddSingleton<ApiKeys>();
        builder.Services.AddSingleton<IngestRates>();
        builder.Services.AddSingleton<IngestMetrics>();
        builder.Services.AddSingleton<IngestEndpoint>();
        builder.Services.AddProblemDetails();
        builder.Services.AddOpenApi(IngestDocument.Configure);
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<IngestOptions>>(LimitRequests);
    }

    public static void MapIngest(this WebApplication app)
    {
        app.UseRateLimiter();
        app.MapOpenApi();
        app.MapPost("/transactions", (HttpContext context, IngestEndpoint endpoint, CancellationToken cancellationToken) =>
                endpoint.HandleAsync(context, (string)context.Items[KeyName]!, cancellationToken))
            .AddEndpointFilter(AuthoriseAsync)
            .RequireRateLimiting(Buffer)
            .WithName("SendTransactions")
            .WithSummary("Takes transactions in")
            .WithDescription(IngestDocument.Description)
            .Accepts<TransactionEvent>(IngestEndpoint.Json, IngestEndpoint.Lines)
            .Produces<Accepted>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Before anything of the body is read.</summary>
    private static async ValueTask<object?> AuthoriseAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var keys = context.RequestServices.GetRequiredService<ApiKeys>();
        if (!keys.AreConfigured)
            return IngestEndpoint.Problem(StatusCodes.Status403Forbidden, $"No API key is configured: set {IngestOptions.Section}:{nameof(IngestOptions.PrimaryKey)}.");
        if (keys.NameOf(context.Request.Headers[ApiKeys.Header]) is not { } name)
            return IngestEndpoint.Problem(StatusCodes.Status401Unauthorized, $"The header {ApiKeys.Header} is missing, or holds no key that is taken here.");

        context.Items[KeyName] = name;
        return await next(invocation);
    }

    /// <summary>The buffer is the requests under way: one more than fit is sent away at once, before it costs memory.</summary>
    private static void LimitRequests(RateLimiterOptions limiter, IOptions<IngestOptions> options)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.AddConcurrencyLimiter(Buffer, concurrency =>
        {
            concurrency.PermitLimit = options.Value.MaxRequests;
            concurrency.QueueLimit = 0;
        });
        limiter.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = IngestEndpoint.Seconds(TimeSpan.FromSeconds(1));
            await IngestEndpoint.Problem(StatusCodes.Status429TooManyRequests, $"{options.Value.MaxRequests} requests are under way, which is all that are handled at a time.")
                .ExecuteAsync(rejected.HttpContext);
        };
    }

    private sealed class IngestValidation : IValidateOptions<IngestOptions>
    {
        public ValidateOptionsResult Validate(string? name, IngestOptions options)
        {
            var faults = options.Faults().ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}

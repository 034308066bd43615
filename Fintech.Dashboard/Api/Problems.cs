using Microsoft.AspNetCore.Diagnostics;

namespace Fintech.Dashboard.Api;

/// <summary>What an error says where the endpoint itself said nothing: a sentence in <c>detail</c>, always, and never what only a developer should see.</summary>
internal static class Problems
{
    public static ExceptionHandlerOptions Handler => new()
    {
        ExceptionHandler = AnswerAsync,
        StatusCodeSelector = exception => exception is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,

        // A bad question is no fault of ours.
        SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,
    };

    /// <summary>As JSON whatever the client accepts: an error that cannot be read helps nobody.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        return Results.Problem(SentenceOf(context, status), statusCode: status).ExecuteAsync(context);
    }

    public static void Complete(ProblemDetailsContext context) =>
        context.ProblemDetails.Detail ??= SentenceOf(context.HttpContext, context.ProblemDetails.Status);

    private static string? SentenceOf(HttpContext context, int? status) =>
        context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad
            ? bad.Message
            : status switch
            {
                StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}: /api/openapi.json tells what there is.",
                StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}, but {context.Response.Headers.Allow}.",
                StatusCodes.Status413PayloadTooLarge => "The body is larger than this server takes.",
                StatusCodes.Status415UnsupportedMediaType => $"{context.Request.Path} takes JSON: send Content-Type application/json.",
                >= StatusCodes.Status500InternalServerError => "The server failed to answer. Its log tells why, under this traceId.",
                _ => null,
            };
}

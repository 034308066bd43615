using Microsoft.AspNetCore.Diagnostics;

namespace Fintech.Dashboard.Api;

/// <summary>What an error says where the endpoint itself said nothing: a sentence in <c>detail</c>, always, and never what only a developer should see.</summary>
internal static class Problems
{
    public static void Configure(ExceptionHandlerOptions options)
    {
        options.StatusCodeSelector = exception => exception is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;

        // A bad question is no fault of ours.
        options.SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException;
    }

    /// <summary>As JSON whatever the client accepts: an error that cannot be read helps nobody.</summary>
    public static Task AnswerAsync(HttpContext context) => Results.Problem(statusCode: context.Response.StatusCode).ExecuteAsync(context);

    public static void Complete(ProblemDetailsContext context)
    {
        var asked = context.HttpContext.Request;
        context.ProblemDetails.Detail ??= context.HttpContext.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad
            ? bad.Message
            : context.ProblemDetails.Status switch
            {
                StatusCodes.Status404NotFound => $"There is nothing at {asked.Path}: /api/openapi.json tells what there is.",
                StatusCodes.Status405MethodNotAllowed => $"{asked.Path} does not take {asked.Method}, but {context.HttpContext.Response.Headers.Allow}.",
                StatusCodes.Status413PayloadTooLarge => "The body is larger than this server takes.",
                StatusCodes.Status415UnsupportedMediaType => $"{asked.Path} takes JSON: send Content-Type application/json.",
                >= StatusCodes.Status500InternalServerError => "The server failed to answer. Its log tells why, under this traceId.",
                _ => null,
            };
    }
}

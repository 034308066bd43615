using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Fintech.Embedded.Telemetry.Web;

internal static class Answer
{
    public static Task SentenceAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence, context.RequestAborted);
    }

    public static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);
}

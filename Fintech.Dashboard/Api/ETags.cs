using System.Buffers.Text;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Fintech.Dashboard.Api;

/// <summary>
/// Answers that a client may ask for again: with <c>If-None-Match</c> it is told 304 while nothing changed. <see cref="Ok{T}"/> saves
/// the transfer; <see cref="Match"/>, where a version is cheaper to know than the answer, saves the query, too.
/// </summary>
internal static class ETags
{
    /// <summary>The tag is a digest of the answer.</summary>
    public static TaggedAnswer<T> Ok<T>(T value) => new(value);

    /// <summary>The tag is that of a version which was asked for before: <c>if (ETags.Match(context, version)) return ETags.NotModified();</c></summary>
    /// <param name="version">All that the answer depends on, for example the newest run and the parameters of the question.</param>
    /// <returns>True where the client has that version.</returns>
    public static bool Match(HttpContext context, string version) => IsKnown(context, Of(Encoding.UTF8.GetBytes(version)));

    public static IResult NotModified() => Results.StatusCode(StatusCodes.Status304NotModified);

    internal static EntityTagHeaderValue Of(ReadOnlySpan<byte> content) => new($"\"{Base64Url.EncodeToString(SHA256.HashData(content).AsSpan(0, 15))}\"");

    /// <summary>Sets the headers of the answer, whichever it will be.</summary>
    internal static bool IsKnown(HttpContext context, EntityTagHeaderValue tag)
    {
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = tag;
        // What one user may see is not for the cache of a proxy; his browser's asks before it shows it.
        headers.CacheControl = new() { Private = true, NoCache = true };
        return context.Request.GetTypedHeaders().IfNoneMatch.Any(asked => asked.Equals(EntityTagHeaderValue.Any) || asked.Compare(tag, useStrongComparison: false));
    }
}

/// <summary>JSON with an ETag, or 304.</summary>
internal sealed class TaggedAnswer<T>(T value) : IResult, IEndpointMetadataProvider
{
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status304NotModified, typeof(void)));
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var content = JsonSerializer.SerializeToUtf8Bytes(value, json);
        if (ETags.IsKnown(httpContext, ETags.Of(content)))
        {
            httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        httpContext.Response.ContentType = "application/json; charset=utf-8";
        httpContext.Response.ContentLength = content.Length;
        await httpContext.Response.Body.WriteAsync(content, httpContext.RequestAborted);
    }
}

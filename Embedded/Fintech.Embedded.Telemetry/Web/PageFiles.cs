using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fintech.Embedded.Telemetry.Web;

/// <summary>The page's own files, out of the assembly. One document serves every address; its script reads the address.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "page/";
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    public PageFiles()
    {
        var assembly = typeof(PageFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var content = new MemoryStream();
            using var resource = assembly.GetManifestResourceStream(name)!;
            resource.CopyTo(content);
            files.Add(name[Prefix.Length..], content.ToArray());
        }
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var address in (string[])["/", "/traces/{id}", "/logs", "/metrics"])
            routes.MapGet(address, context => SendAsync(context, "index.html"));

        routes.MapGet("/assets/{name}", context => SendAsync(context, (string)context.Request.RouteValues["name"]!));
        routes.MapFallback("{*path}", context =>
            Answer.SentenceAsync(context, StatusCodes.Status404NotFound, "There is nothing at this address."));
    }

    private Task SendAsync(HttpContext context, string name)
    {
        if (!files.TryGetValue(name, out var content))
            return Answer.SentenceAsync(context, StatusCodes.Status404NotFound, "The page has no such file.");

        context.Response.ContentType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}

using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.StaticFiles;

namespace Fintech.Dashboard;

/// <summary>The page as built from ClientApp into wwwroot.</summary>
internal static class Page
{
    private const string Assets = "/assets";

    private static readonly StaticFileOptions Files = new() { OnPrepareResponse = SetCaching };

    public static void AddPage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddResponseCompression(options => options.EnableForHttps = true);
        builder.Services.Configure<BrotliCompressionProviderOptions>(options => options.Level = CompressionLevel.Optimal);
    }

    public static void MapPage(this WebApplication app)
    {
        // The files of the build and nothing else: of an answer that holds both a secret and what somebody else may put into it,
        // its compressed size tells the secret (BREACH). A browser asks for each of these once.
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Assets), assets => assets.UseResponseCompression());
        app.UseStaticFiles(Files);

        // The address of a view is the page's own business; what is asked of the server and does not exist is not a page.
        app.MapFallbackToFile("/", "index.html", Files);
        app.MapFallbackToFile("{*path:nonfile:regex(^(?!(api|hubs|sign-in)(/|$)))}", "index.html", Files);
    }

    // The build puts a hash of its content into the name of every file below assets/.
    private static void SetCaching(StaticFileResponseContext file) =>
        file.Context.Response.Headers.CacheControl = file.Context.Request.Path.StartsWithSegments(Assets)
            ? "public, max-age=31536000, immutable"
            : "no-cache";
}

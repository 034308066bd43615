using Microsoft.AspNetCore.StaticFiles;

namespace Fintech.Dashboard;

/// <summary>The page as built from ClientApp into wwwroot.</summary>
internal static class Page
{
    private static readonly StaticFileOptions Files = new() { OnPrepareResponse = SetCaching };

    public static void MapPage(this WebApplication app)
    {
        app.UseStaticFiles(Files);

        // The address of a view is the page's own business; what is asked of the server and does not exist is not a page.
        app.MapFallbackToFile("/", "index.html", Files);
        app.MapFallbackToFile("{*path:nonfile:regex(^(?!(api|hubs|sign-in)(/|$)))}", "index.html", Files);
    }

    // The build puts a hash of its content into the name of every file below assets/.
    private static void SetCaching(StaticFileResponseContext file) =>
        file.Context.Response.Headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets")
            ? "public, max-age=31536000, immutable"
            : "no-cache";
}

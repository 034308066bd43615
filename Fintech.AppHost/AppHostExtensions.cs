using Microsoft.Extensions.Configuration;

namespace Fintech.AppHost;

internal static class AppHostExtensions
{
    private static readonly string[] ForwardedSections = ["Producer", "Etl", "Stream", "History", "Webhooks", "Dashboard"];

    public static bool HasExistingConnection(this IDistributedApplicationBuilder builder, string name) =>
        !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(name));

    public static IResourceBuilder<IResourceWithConnectionString>? ExistingConnection(this IDistributedApplicationBuilder builder, string name) =>
        builder.HasExistingConnection(name) ? builder.AddConnectionString(name) : null;

    /// <summary>What Redis has accepted it must keep. Published, these arguments would land behind <c>sh -c</c> and be ignored, so there the image is configured.</summary>
    public static IResourceBuilder<RedisResource> WithAppendOnlyFile(this IResourceBuilder<RedisResource> redis) =>
        redis.ApplicationBuilder.ExecutionContext.IsRunMode ? redis.WithArgs("--appendonly", "yes") : redis;

    /// <summary>Hands the AppHost's own settings on: <c>Producer:Rate</c> becomes <c>Producer__Rate</c>. Read late, so that a test can still set them.</summary>
    public static IResourceBuilder<ProjectResource> WithForwardedSettings(this IResourceBuilder<ProjectResource> project) =>
        project.WithEnvironment(context =>
        {
            var settings = ForwardedSections.SelectMany(section => project.ApplicationBuilder.Configuration.GetSection(section).AsEnumerable());
            foreach (var (key, value) in settings)
                if (value is not null)
                    context.EnvironmentVariables[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        });

    /// <summary>Whoever starts the platform sees the link that signs him in: the dashboard takes this token once, and prints others itself.</summary>
    public static IResourceBuilder<ProjectResource> WithSignInLink(this IResourceBuilder<ProjectResource> dashboard, IResourceBuilder<ParameterResource> token)
    {
        // Published, it stands behind an address that only whoever deploys it knows, and prints its links itself.
        var builder = dashboard.ApplicationBuilder;
        if (!builder.ExecutionContext.IsRunMode)
            return dashboard;

        return dashboard
            .WithEnvironment("Dashboard__Access__LinkToken", token)
            .WithEnvironment("Dashboard__Access__Address", dashboard.GetEndpoint("http"))
            .WithUrls(async context =>
            {
                var mode = builder.Configuration["Dashboard:Access:Mode"];
                if (!string.IsNullOrEmpty(mode) && !string.Equals(mode, "Link", StringComparison.OrdinalIgnoreCase))
                    return;
                foreach (var url in context.Urls)
                    url.Url = $"{url.Url.TrimEnd('/')}/sign-in?t={await token.Resource.GetValueAsync(context.CancellationToken)}";
            });
    }
}

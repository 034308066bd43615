using System.Collections;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>What children inherit of this host's environment.</summary>
internal static class ChildEnvironment
{
    // The AppHost's own settings: how it listens and what it was configured with. A service gets its share through the model alone,
    // so that the dashboard, say, never sees the parameter pii-key.
    private static readonly string[] HostOnly =
    [
        "ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "DOTNET_STARTUP_HOOKS",
        "ASPIRE_", "OTEL_", "Parameters__", "Privacy__", "ConnectionStrings__", "Embedded__",
    ];

    // A server takes nothing but what every program needs: PGDATA or PGPORT of the user's shell must not reach PostgreSQL.
    private static readonly string[] ForServers = ["PATH", "HOME", "TMPDIR", "TZ", "DOTNET_ROOT"];

    public static Dictionary<string, string> ForService() => Inherited(name => !HostOnly.Any(own => name.StartsWith(own, StringComparison.OrdinalIgnoreCase)));

    public static Dictionary<string, string> ForServer() => Inherited(name => ForServers.Contains(name));

    /// <summary>What a package manager may need: proxies, certificates, its own configuration.</summary>
    public static Dictionary<string, string> ForTool() => Inherited(_ => true);

    private static Dictionary<string, string> Inherited(Func<string, bool> keep) => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .Select(entry => (Name: (string)entry.Key, Value: (string)entry.Value!))
        .Where(entry => keep(entry.Name))
        .ToDictionary(entry => entry.Name, entry => entry.Value);
}

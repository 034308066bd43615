using System.Runtime.InteropServices;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>The computer that programs are installed on. A test describes one that it does not run on.</summary>
/// <param name="Platform">System and processor as npm's packages name them: <c>linux-x64</c>, <c>darwin-arm64</c>.</param>
/// <param name="Find">The full path of a program, null where there is none.</param>
/// <param name="ServicePolicy">The script that Debian's packages ask whether they may start their service (invoke-rc.d(8)).</param>
/// <param name="DownloadLimit">How long the package manager may take to fetch its lists, and again to fetch a package.</param>
internal sealed record Machine(string Platform, bool IsRoot, Func<string, string?> Find, string ServicePolicy, TimeSpan DownloadLimit)
{
    private static readonly (string Manager, string Command, bool NeedsRoot)[] RedisPackages =
    [
        ("apt-get", "apt install redis-server", true), ("dnf", "dnf install valkey", true), ("brew", "brew install redis", false),
    ];

    public static Machine This { get; } = new(PlatformOfThis(), Environment.IsPrivilegedProcess, ExecutablePath.Find, "/usr/sbin/policy-rc.d", TimeSpan.FromMinutes(1));

    /// <summary>What a person types here to install Redis; a choice where the package manager is none that we know.</summary>
    public string RedisCommand()
    {
        var known = RedisPackages.FirstOrDefault(p => Find(p.Manager) is not null);
        if (known.Command is null)
            return string.Join("' or '", RedisPackages.Select(p => p.Command));

        return known.NeedsRoot && !IsRoot ? $"sudo {known.Command}" : known.Command;
    }

    private static string PlatformOfThis()
    {
        var system = OperatingSystem.IsMacOS() ? "darwin"
            : OperatingSystem.IsWindows() ? "windows"
            : !OperatingSystem.IsLinux() ? "unknown"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux";

        return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
    }
}

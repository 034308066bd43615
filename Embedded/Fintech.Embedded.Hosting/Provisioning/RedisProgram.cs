using Aspire.Hosting;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>redis-server or valkey-server from PATH; else, where we may, from the system's packages.</summary>
internal static class RedisProgram
{
    // Waits two minutes for an unattended upgrade to finish, but not for a mirror that does not answer.
    private static readonly string[] Patience =
    [
        "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20",
    ];

    private static readonly SemaphoreSlim OneAtATime = new(1);

    public static async Task<string> ProvideAsync(PackageCache cache, Machine machine, Action<string> say, CancellationToken cancellationToken)
    {
        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (FoundOn(machine) is { } found)
                return found;

            cache.RequirePermission("redis-server", machine.RedisCommand());
            if (machine.IsRoot && machine.Find("apt-get") is { } aptGet)
                await InstallAsync(aptGet, machine, say, cancellationToken);

            return FoundOn(machine)
                ?? throw new DistributedApplicationException($"redis-server was not found: install it with '{machine.RedisCommand()}' and start again.");
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static string? FoundOn(Machine machine) => machine.Find("redis-server") ?? machine.Find("valkey-server");

    private static async Task InstallAsync(string aptGet, Machine machine, Action<string> say, CancellationToken cancellationToken)
    {
        say("redis-server was not found: installing it with 'apt-get install redis-server', without starting a service.");

        // Exit code 101 of this script tells Debian's package scripts to start nothing (invoke-rc.d(8)).
        var policy = machine.ServicePolicy;
        var ours = !File.Exists(policy);
        if (ours)
        {
            await File.WriteAllTextAsync(policy, "#!/bin/sh\nexit 101\n", cancellationToken);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(policy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        try
        {
            // Lists that cannot be fetched are a warning to apt; whether the old ones do is seen by the download.
            await FetchAsync(AptGet("update", "-q"), machine, cancellationToken);

            // Fetched apart from the installation: a download may be ended at any time, dpkg may not.
            string[] install = ["install", "-y", "-q", "--no-install-recommends", "redis-server"];
            var (exitCode, output) = await FetchAsync(AptGet(["--download-only", .. install]), machine, cancellationToken);
            if (exitCode == 0)
                (exitCode, output) = await Command.TryRunAsync(AptGet(install), cancellationToken);
            if (exitCode != 0)
                throw new DistributedApplicationException(
                    $"redis-server could not be installed: {ReasonIn(output) ?? $"apt-get ended with exit code {exitCode}"}. " +
                    $"Check the network, or install it by hand with '{machine.RedisCommand()}', and start again.");
        }
        finally
        {
            if (ours)
                File.Delete(policy);
        }

        ProcessSpec AptGet(params string[] arguments) => new()
        {
            FileName = aptGet,
            Arguments = [.. Patience, .. arguments],
            Environment = new Dictionary<string, string>(ChildEnvironment.ForTool()) { ["DEBIAN_FRONTEND"] = "noninteractive", ["RUNLEVEL"] = "1" },
            WorkingDirectory = "/",
        };
    }

    /// <summary>apt's own time limits count from each answer, of which a mirror behind a silent proxy has many to give.</summary>
    private static async Task<(int ExitCode, string Output)> FetchAsync(ProcessSpec spec, Machine machine, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(machine.DownloadLimit);
        try
        {
            return await Command.TryRunAsync(spec, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (-1, $"E: the package mirror did not deliver within {machine.DownloadLimit.TotalSeconds:0} s");
        }
    }

    // Err:1 http://deb.debian.org/debian bookworm/main amd64 redis-tools amd64 5:7.0.15-1
    // E: Failed to fetch http://deb.debian.org/debian/pool/main/r/redis/redis-tools_7.0.15-1_amd64.deb  Could not connect to 127.0.0.1:9 …
    // E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?
    private static string? ReasonIn(string output) =>
        output.Split('\n').FirstOrDefault(line => line.StartsWith("E: ", StringComparison.Ordinal))?[3..].Trim().TrimEnd('.');
}

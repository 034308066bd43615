using Aspire.Hosting;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>redis-server or valkey-server from PATH; else, where we may, from the system's packages.</summary>
internal static class RedisProgram
{
    private static readonly SemaphoreSlim OneAtATime = new(1);

    public static async Task<string> ProvideAsync(PackageCache cache, Action<string> say, CancellationToken cancellationToken)
    {
        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (Find() is { } found)
                return found;

            cache.RequirePermission("redis-server", "apt install redis-server, dnf install valkey, brew install redis");
            if (Environment.IsPrivilegedProcess && ExecutablePath.Find("apt-get") is { } aptGet)
                await InstallAsync(aptGet, say, cancellationToken);

            return Find() ?? throw new DistributedApplicationException(
                "redis-server was not found: install it (apt install redis-server, dnf install valkey, brew install redis) and start again.");
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static string? Find() => ExecutablePath.Find("redis-server") ?? ExecutablePath.Find("valkey-server");

    private static async Task InstallAsync(string aptGet, Action<string> say, CancellationToken cancellationToken)
    {
        say("redis-server was not found: installing it with 'apt-get install redis-server', without starting a service.");

        // Exit code 101 of this script tells Debian's package scripts to start nothing (invoke-rc.d(8)).
        const string policy = "/usr/sbin/policy-rc.d";
        var ours = !File.Exists(policy);
        if (ours)
        {
            await File.WriteAllTextAsync(policy, "#!/bin/sh\nexit 101\n", cancellationToken);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(policy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        try
        {
            await Command.RunAsync(AptGet("update", "-q"), cancellationToken);
            await Command.RunAsync(AptGet("install", "-y", "-q", "--no-install-recommends", "redis-server"), cancellationToken);
        }
        finally
        {
            if (ours)
                File.Delete(policy);
        }

        ProcessSpec AptGet(params string[] arguments) => new()
        {
            FileName = aptGet,
            Arguments = arguments,
            Environment = new Dictionary<string, string>(ChildEnvironment.ForTool()) { ["DEBIAN_FRONTEND"] = "noninteractive", ["RUNLEVEL"] = "1" },
            WorkingDirectory = "/",
        };
    }
}

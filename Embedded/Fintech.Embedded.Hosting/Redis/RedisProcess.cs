using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Provisioning;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Redis;

internal sealed record RedisSnapshotAnnotation(string Seconds, string Changes) : IResourceAnnotation;

/// <summary>One Redis (or Valkey) server as a child process.</summary>
internal sealed class RedisProcess(RedisResource redis)
{
    public async Task<ProcessSpec?> PrepareAsync(StartContext start, CancellationToken cancellationToken)
    {
        var program = await RedisProgram.ProvideAsync(start.Packages, Machine.This, start.Say, cancellationToken);
        var folder = start.Data.FolderFor(redis.Name, keep: redis.HasAnnotationOfType<ContainerMountAnnotation>());

        // One that a killed host left behind may still be saving: two servers must never write the same files.
        await StaleServer.ClearAsync(redis.Name, PidFile(folder), folder, Path.GetFileName(program), cancellationToken);

        // The password goes by a file that only we can read: every user of the machine sees the arguments of every process.
        var configuration = Path.Combine(folder, "redis.conf");
        await File.WriteAllLinesAsync(configuration, await SettingsAsync(folder, cancellationToken), cancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        return new()
        {
            FileName = program,
            Arguments = [configuration, .. start.Arguments],
            Environment = start.EnvironmentForServer(),
            WorkingDirectory = folder,
            Restart = Restart.Always,

            // Redis saves and flushes its append-only file before it ends.
            SignalOnHostDeath = ChildSignal.Term,
        };
    }

    private async Task<List<string>> SettingsAsync(string folder, CancellationToken cancellationToken)
    {
        var snapshot = redis.Annotations.OfType<RedisSnapshotAnnotation>().LastOrDefault();
        List<string> settings =
        [
            // The minus makes IPv6 optional: not every machine has it.
            "bind 127.0.0.1 -::1",
            $"port {redis.PrimaryEndpoint.Port.ToString(CultureInfo.InvariantCulture)}",
            $"dir {Quote(folder)}",
            $"pidfile {Quote(PidFile(folder))}",
            snapshot is null ? "save \"\"" : $"save {snapshot.Seconds} {snapshot.Changes}",
        ];

        if (redis.PasswordParameter is { } password)
            settings.Add($"requirepass {Quote(await password.GetValueAsync(cancellationToken) ?? "")}");

        return settings;
    }

    private static string PidFile(string folder) => Path.Combine(folder, "redis.pid");

    private static string Quote(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

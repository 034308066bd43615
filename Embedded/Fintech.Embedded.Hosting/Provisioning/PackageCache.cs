using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>Where downloaded servers are kept: once per user and machine, whatever the number of clones of this repository.</summary>
internal sealed class PackageCache(string folder, bool mayInstall)
{
    private const string ProvisionKey = "Embedded:Provision";
    private const string FolderKey = "Embedded:CacheFolder";
    private const string Unfinished = ".new";

    /// <summary><c>Embedded:CacheFolder</c>, else a folder of the user's own.</summary>
    public static PackageCache Configured(IConfiguration configuration)
    {
        var mayInstall = configuration[ProvisionKey]?.ToLowerInvariant() switch
        {
            null or "" or "auto" => true,
            "never" => false,
            var other => throw new DistributedApplicationException($"{ProvisionKey} is '{other}', but it is 'auto' or 'never'."),
        };

        if (configuration[FolderKey] is { Length: > 0 } configured)
            return new(Path.GetFullPath(configured), mayInstall);

        // As root the server runs as somebody else, who must be able to read its program: root's own home is closed to others.
        if (Environment.IsPrivilegedProcess)
            return new("/var/lib/fintech-embedded", mayInstall);

        // Empty for a service account without a home; a folder shared with everybody (/tmp) is no place for programs.
        return Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
            ? new(Path.Combine(home, ".cache", "fintech-embedded"), mayInstall)
            : throw new DistributedApplicationException($"This account has no home folder to keep the servers' programs in: set {FolderKey} to a folder of its own.");
    }

    /// <summary>Where the installation into this unfinished folder will be shown.</summary>
    public static string Finished(string unfinished) => unfinished[..^Unfinished.Length];

    /// <summary>Passes where installing is allowed.</summary>
    /// <exception cref="DistributedApplicationException">It is not; names the command that a person may run instead.</exception>
    public void RequirePermission(string what, string command)
    {
        if (!mayInstall)
            throw new DistributedApplicationException($"{what} is not installed, and {ProvisionKey} is 'never': install it with '{command}'.");
    }

    /// <summary>Runs the installation into an empty folder, unless it was done before, and shows it whole or not at all.</summary>
    /// <param name="command">What installs it by hand, given the folder.</param>
    public async Task<string> ProvideAsync(string name, Func<string, string> command, Func<string, Task> installAsync, CancellationToken cancellationToken)
    {
        var package = Path.Combine(folder, name);
        if (Directory.Exists(package))
            return package;

        RequirePermission(name, command(package));
        CreateFolder();
        await using var exclusive = await LockAsync(package + ".lock", cancellationToken);
        if (Directory.Exists(package))
            return package;

        var unfinished = package + Unfinished;
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);

        await installAsync(unfinished);
        Directory.Move(unfinished, package);
        return package;
    }

    private void CreateFolder()
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var probe = File.Create(Path.Combine(folder, $".writable-{Guid.NewGuid():N}"), bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DistributedApplicationException(
                $"Programs cannot be installed to {folder} ({(e is UnauthorizedAccessException ? "access is denied" : e.Message.TrimEnd('.'))}): set {FolderKey} to a folder that this user can write.", e);
        }
    }

    // Two servers of one AppHost, or two AppHosts, may want the same package at once.
    private static async Task<FileStream> LockAsync(string file, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }
}

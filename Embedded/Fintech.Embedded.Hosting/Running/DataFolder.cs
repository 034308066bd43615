using System.Globalization;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>
/// The folder that holds everything that outlives a run (<c>Embedded:DataFolder</c>, default <c>.data</c> beside the solution).
/// One AppHost at a time owns it; the lock goes with the process, however that ends.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // EWOULDBLOCK: what .NET passes on in HResult when flock(2) finds another holder.
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;

    private readonly Lock _lock = new();
    private readonly bool _temporary;
    private FileStream? _held;

    public DataFolder(string path, bool temporary)
    {
        FullPath = Path.GetFullPath(path);
        _temporary = temporary;
        Secrets = new(this, Path.Combine(FullPath, "secrets.json"));
    }

    public string FullPath { get; }

    public SecretStore Secrets { get; }

    public static DataFolder Of(IDistributedApplicationBuilder builder) =>
        (DataFolder)builder.Services.Single(s => s.ServiceType == typeof(DataFolder)).ImplementationInstance!;

    public static DataFolder Configured(IConfiguration configuration, string appHostDirectory, bool underTest)
    {
        if (configuration["Embedded:DataFolder"] is { Length: > 0 } configured)
            return new(Path.GetFullPath(configured, Path.Combine(appHostDirectory, "..")), temporary: false);

        // A test gets a fresh platform, as under Aspire, where a test's containers share no volume with the developer's own run:
        // else tests would find what the last one left, and two of them could not run side by side.
        return underTest
            ? new(Directory.CreateTempSubdirectory("fintech-").FullName, temporary: true)
            : new(Path.Combine(appHostDirectory, "..", ".data"), temporary: false);
    }

    /// <summary>Makes the folder ours, or says who has it.</summary>
    public void Acquire()
    {
        lock (_lock)
        {
            if (_held is not null)
                return;

            Writable(FullPath, () =>
            {
                CreateFolder(FullPath);
                AllowPassingThrough(FullPath);
            });
            var lockFile = Path.Combine(FullPath, "lock");
            var holderFile = Path.Combine(FullPath, "lock.holder");
            try
            {
                // An exclusive flock(2), which the kernel drops when the process ends.
                _held = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult is WouldBlockOnLinux or WouldBlockOnMac)
            {
                throw new DistributedApplicationException(
                    $"The data folder {FullPath} is in use by another AppHost (process {HolderOf(holderFile)}): stop it, or set Embedded:DataFolder to another folder.", e);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                throw Unusable(FullPath, e);
            }

            // Beside the lock, not in it: .NET cannot open a file that is locked, not even to read it.
            Writable(FullPath, () => File.WriteAllText(holderFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>A resource's own folder. One without a data volume begins empty each time, as a new container does.</summary>
    public string FolderFor(string resourceName, bool keep)
    {
        Acquire();
        var folder = Path.Combine(FullPath, resourceName);
        Writable(folder, () =>
        {
            if (!keep)
                DeleteFolder(folder);

            CreateFolder(folder);
        });
        return folder;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _held?.Dispose();
            _held = null;
            if (!_temporary || !Directory.Exists(FullPath))
                return;

            foreach (var folder in Directory.EnumerateDirectories(FullPath))
                DeleteFolder(folder);
            Directory.Delete(FullPath, recursive: true);
        }
    }

    /// <summary>Does what needs the folder, and finds out whether files can be made in it at all: a folder may be another user's.</summary>
    private static void Writable(string folder, Action make)
    {
        try
        {
            make();
            using var probe = File.Create(Path.Combine(folder, $".writable-{Guid.NewGuid():N}"), bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Unusable(folder, e);
        }
    }

    private static DistributedApplicationException Unusable(string folder, Exception cause) => new(
        $"The data folder {folder} cannot be used ({(cause is UnauthorizedAccessException ? "access is denied" : cause.Message.TrimEnd('.'))}): make it writable for this user, or set Embedded:DataFolder to another folder.", cause);

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException(ApplicationRunner.NeedsContainerEngine);
        if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, OwnerOnly);
    }

    /// <summary>A folder may be a link to where its data had to be put: see PostgresFolder.</summary>
    private static void DeleteFolder(string folder)
    {
        var target = new DirectoryInfo(folder).LinkTarget;
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        if (target is not null || Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    // Root's PostgreSQL runs as somebody else, who must get to a folder of his own, and sees nothing on the way.
    private static void AllowPassingThrough(string folder)
    {
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private static string HolderOf(string holderFile) => File.Exists(holderFile) ? File.ReadAllText(holderFile) : "unknown";
}

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

    // Another account must be able to pass through to its own folder, yet see nothing on the way.
    private const UnixFileMode PassThrough = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

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

            CreateFolder(FullPath, Environment.IsPrivilegedProcess ? PassThrough : OwnerOnly);
            var lockFile = Path.Combine(FullPath, "lock");
            try
            {
                // An exclusive flock(2), which the kernel drops when the process ends.
                _held = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e)
            {
                throw new DistributedApplicationException(
                    $"The data folder {FullPath} is in use by another AppHost (process {HolderOf(lockFile)}): stop it, or set Embedded:DataFolder to another folder.", e);
            }

            _held.SetLength(0);
            _held.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            _held.Flush();
        }
    }

    /// <summary>A resource's own folder. One without a data volume begins empty each time, as a new container does.</summary>
    public string FolderFor(string resourceName, bool keep)
    {
        Acquire();
        var folder = Path.Combine(FullPath, resourceName);
        if (!keep && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);

        CreateFolder(folder, OwnerOnly);
        return folder;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _held?.Dispose();
            _held = null;
            if (_temporary && Directory.Exists(FullPath))
                Directory.Delete(FullPath, recursive: true);
        }
    }

    internal static void CreateFolder(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException(ApplicationRunner.NeedsContainerEngine);
        if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, mode);
    }

    private static string HolderOf(string lockFile)
    {
        // Asks for no lock itself, so it can read what the holder wrote.
        using var reader = new StreamReader(new FileStream(lockFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Trim() is { Length: > 0 } id ? id : "unknown";
    }
}

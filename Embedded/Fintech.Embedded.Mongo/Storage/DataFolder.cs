using System.Globalization;
using System.Runtime.InteropServices;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>The folder that holds <c>mongo.journal</c>, and the lock that keeps a second server out of it.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream lockFile) => (Path, _lock) = (path, lockFile);

    public string Path { get; }

    public string Journal => System.IO.Path.Combine(Path, "mongo.journal");

    /// <summary>Where a compacted journal is written before it takes the other's place.</summary>
    public string NewJournal => Journal + ".new";

    public static DataFolder Open(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            return new DataFolder(path, Lock(System.IO.Path.Combine(path, "mongo.lock")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException($"The data folder {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>A new name in a folder survives a power failure once the folder itself is on the disk. .NET has no call for that.</summary>
    public void FlushNames()
    {
        if (OperatingSystem.IsWindows())
            return;

        var folder = open(Path, flags: 0);
        if (folder < 0)
            throw new IOException($"The data folder {Path} cannot be opened (errno {Marshal.GetLastPInvokeError()}).");

        try
        {
            if (fsync(folder) != 0)
                throw new IOException($"The data folder {Path} cannot be flushed (errno {Marshal.GetLastPInvokeError()}).");
        }
        finally
        {
            _ = close(folder);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new DataFolderException($"{path} is held: another server is running on this data folder.", e);
        }

        file.SetLength(0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        file.Flush();
        return file;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int file);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int file);
}

using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

/// <summary>The folder that outlives a restart. Nobody but the user of the process may look into it.</summary>
internal sealed class KeysFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string path;

    public KeysFolder(IOptions<AccessOptions> options, OwnAddress address)
    {
        path = Path.GetFullPath(options.Value.KeysFolder ?? DefaultFolder(address.Port));
        Create(path);
    }

    /// <summary>For example <c>keys</c>; made where it does not exist.</summary>
    public string Sub(string name)
    {
        var sub = Path.Combine(path, name);
        Create(sub);
        return sub;
    }

    // Two dashboards of one user are two: a link or a cookie of one does not open the other.
    private static string DefaultFolder(int port)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length > 0
            ? Path.Combine(home, "fintech", $"dashboard-{port}")
            : throw new InvalidOperationException("The user of this process has no home: set Dashboard:Access:KeysFolder to a folder that outlives a restart.");
    }

    private static void Create(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
                return;
            }

            Directory.CreateDirectory(path, OwnerOnly);
            File.SetUnixFileMode(path, OwnerOnly);    // It may have existed.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"The folder {path} for keys and links cannot be made or kept from others: {e.Message} Set Dashboard:Access:KeysFolder to one of your own.", e);
        }
    }
}

namespace Fintech.Tests.Analysis;

internal static class Repository
{
    /// <summary>A file of the sources that these tests were built from.</summary>
    public static string File(params string[] path)
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, "Fintech.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine([folder ?? throw new InvalidOperationException("No folder above the tests holds Fintech.sln."), .. path]);
    }
}

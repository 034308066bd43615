using Xunit;

namespace Fintech.Tests;

/// <summary>What a test needs of the machine: missing it is a skip with a reason locally, and a failure in CI.</summary>
internal static class Needs
{
    public static string Chromium()
    {
        var found = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        return found ?? Missing("Chromium is not installed: apt-get install chromium");
    }

    /// <summary>Children are found, and killed one by one, through /proc.</summary>
    public static void ProcFileSystem()
    {
        if (!OperatingSystem.IsLinux())
            Missing("Finding a child process by name needs Linux's /proc.");
    }

    /// <summary>For tests that kill or freeze a Redis, which must be their own.</summary>
    public static string RedisServer()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { Path.Combine(folder, "redis-server"), Path.Combine(folder, "valkey-server") })
            .FirstOrDefault(File.Exists);
        return found ?? Missing("Neither redis-server nor valkey-server is on PATH: apt-get install redis-server");
    }

    private static string Missing(string reason)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Assert.Fail(reason);

        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }
}

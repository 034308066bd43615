using System.Diagnostics;
using System.Globalization;
using Fintech.Analysis.Document;
using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;

namespace Fintech.Analysis;

/// <summary><c>analysis/eda.cs</c>: reads the warehouse, writes one self-contained HTML file.</summary>
public static class EdaCommand
{
    /// <returns>The exit code; what went wrong is a sentence on standard error.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupted.Cancel();
        };
        return await RunAsync(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error, TimeProvider.System, interrupted.Token);
    }

    internal static async Task<int> RunAsync(
        string[] args, Func<string, string?> environment, TextWriter output, TextWriter progress, TimeProvider time, CancellationToken cancellationToken)
    {
        if (args.Any(arg => arg is "--help" or "-h" or "-?"))
        {
            await output.WriteLineAsync(EdaOptions.Help);
            return ExitCode.Done;
        }

        try
        {
            var options = EdaOptions.Parse(args);
            var begun = Stopwatch.GetTimestamp();
            var repository = Repository();
            var connection = options.Connection ?? environment("ConnectionStrings__warehouse")
                ?? LocalPlatform.ConnectionString(Path.GetFullPath(environment("Embedded__DataFolder") ?? ".data", repository));
            var file = options.Out is { } named ? Path.GetFullPath(named) : Path.Combine(repository, "analysis", "out", "eda.html");

            AnalysisData data;
            await using (var warehouse = await WarehouseReader.OpenAsync(connection, cancellationToken))
                data = await AnalysisData.ReadAsync(warehouse, options.Period, time, Tell, cancellationToken);
            if (data.Totals.Count == 0)
                throw new AnalysisException(
                    options.Period.IsEverything
                        ? $"The warehouse {data.Warehouse} has no transactions yet: there is nothing to analyse. A first batch pass, or the stream, brings them."
                        : $"The warehouse {data.Warehouse} has no transactions {options.Period}.",
                    ExitCode.Empty);

            await WriteAsync(file, EdaDocument.Write(data), cancellationToken);
            var took = Stopwatch.GetElapsedTime(begun);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"Wrote {file}: {data.Totals.Sum(total => total.Transactions):N0} transactions in {took.TotalSeconds:0.0} s, {Environment.WorkingSet / 1_000_000} MB of memory."));
            return ExitCode.Done;

            void Tell(string what, int done, int of) => progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"[{done}/{of}] {Stopwatch.GetElapsedTime(begun).TotalSeconds,5:0.0} s  {what}"));
        }
        catch (AnalysisException e)
        {
            await progress.WriteLineAsync($"error: {e.Message}");
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await progress.WriteLineAsync("Interrupted; nothing was written.");
            return ExitCode.Interrupted;
        }
    }

    // Beside it first, then in its place: whoever opens the document never sees half of one.
    private static async Task WriteAsync(string file, string text, CancellationToken cancellationToken)
    {
        var unfinished = $"{file}.{Environment.ProcessId}.new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(unfinished, text, cancellationToken);
            File.Move(unfinished, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AnalysisException($"{file} cannot be written: {e.Message.TrimEnd('.')}. Name another place with --out.", ExitCode.Failed, e);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>The folder that holds the solution: above the script, wherever it is run from; else above the current folder.</summary>
    private static string Repository()
    {
        // Set by `dotnet run eda.cs`.
        var script = AppContext.GetData("EntryPointFileDirectoryPath") as string;
        for (var folder = script ?? Environment.CurrentDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Fintech.sln")))
                return folder;
        }

        return Environment.CurrentDirectory;
    }
}

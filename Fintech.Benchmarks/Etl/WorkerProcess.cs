using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Fintech.Benchmarks.Etl;

internal sealed record PassFigures(long RowsRead, double Seconds, double PeakMegabytes, double BytesPerRow);

/// <summary>One pass a process: <c>Fintech.Etl.Worker run</c>.</summary>
internal sealed partial class WorkerProcess(string assembly, string source, string merchants, string warehouse)
{
    /// <exception cref="BenchmarkException">The worker failed; says what it said.</exception>
    public async Task<PassFigures> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var worker = Process.Start(Start(["run", .. arguments]))!;
        try
        {
            var error = worker.StandardError.ReadToEndAsync(cancellationToken);
            var output = await worker.StandardOutput.ReadToEndAsync(cancellationToken);
            await worker.WaitForExitAsync(cancellationToken);
            if (worker.ExitCode != 0)
                throw new BenchmarkException($"The worker ended with exit code {worker.ExitCode}: {await error}");
            if (Environment.GetEnvironmentVariable("BENCH_VERBOSE") is not null)
                Console.WriteLine(output);
            return await ReadAsync(output, cancellationToken);
        }
        finally
        {
            if (!worker.HasExited)
                worker.Kill();
        }
    }

    /// <summary>
    /// As the service it is, on a port of its own. Its batch path makes one pass at the start, which finds nothing new, and none for a
    /// day; only the stream is at work.
    /// </summary>
    public ServiceProcess Stream(string redis) => Serve(redis, []);

    /// <inheritdoc cref="Stream"/>
    public ServiceProcess Serve(string redis, IReadOnlyList<(string Name, string Value)> settings)
    {
        var start = Start([]);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ConnectionStrings__redis"] = redis;
        start.Environment["Etl__Interval"] = "1.00:00:00";
        start.Environment["Etl__AuditInterval"] = "00:00:00";
        start.Environment["Stream__FirstPassPatience"] = "00:00:00";
        return ServiceProcess.Start("worker", start);
    }

    private ProcessStartInfo Start(string[] arguments) => new("dotnet", [assembly, .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment =
        {
            ["ConnectionStrings__source"] = source,
            ["ConnectionStrings__merchants"] = merchants,
            ["ConnectionStrings__warehouse"] = warehouse,
            ["Privacy__PiiKey"] = "only-for-benchmarks-0123456789-0123456789-abc",
        },
    };

    /// <summary>Rows from the run's own books; time, the commit included, and memory from what the process said of itself.</summary>
    private async Task<PassFigures> ReadAsync(string output, CancellationToken cancellationToken)
    {
        var said = Said().Match(output);
        if (!said.Success)
            throw new BenchmarkException($"The worker did not tell its time and memory: {output}");

        await using var connection = new NpgsqlConnection(warehouse);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select rows_read from etl.run where status = 'succeeded' order by run_id desc limit 1", connection);
        var rows = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        return new PassFigures(rows, Number("seconds"), Number("peak"), rows == 0 ? 0 : Number("allocated") * 1_000_000 / rows);

        double Number(string group) => double.Parse(said.Groups[group].Value, NumberStyles.Number, CultureInfo.InvariantCulture);
    }

    // Took 4.21 s; memory: peak 102 MB, allocated 1,234.5 MB
    [GeneratedRegex(@"^Took (?<seconds>[\d.]+) s; memory: peak (?<peak>[\d,.]+) MB, allocated (?<allocated>[\d,.]+) MB\r?$", RegexOptions.Multiline)]
    private static partial Regex Said();
}

using System.Diagnostics;
using System.Globalization;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// <c>run [--full] [--from DATE] [--to DATE]</c>: one pass as a command. Needs the three databases and the PII key, neither Redis
/// nor a port. What it did goes to standard output, what went wrong to standard error.
/// </summary>
internal static class RunCommand
{
    public const int Succeeded = 0;
    public const int Failed = 1;
    public const int Misused = 2;
    public const int Busy = 3;
    public const int Interrupted = 130;

    private const string Usage = "Usage: run [--full | --from DATE --to DATE]; DATE as 2026-01-31 or 2026-01-31T18:30, --to is the first moment not read.";

    public static async Task<int> ExecuteAsync(string[] options)
    {
        if (!TryParse(options, out var request, out var fault))
            return await SayAsync(Misused, $"{fault} {Usage}");

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole();
        // For this provider, since the levels of appsettings.json, meant for the service, would win otherwise.
        builder.Logging.AddFilter<ConsoleLoggerProvider>(null, LogLevel.Warning);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Extensions.Hosting", LogLevel.None);   // A start that fails is told below, in a sentence.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.ConfigureOpenTelemetry();
        try
        {
            builder.AddWarehouse();
            builder.AddBatch();
            using var host = builder.Build();
            await host.StartAsync();
            var code = await RunAsync(host.Services, request);
            await host.StopAsync(CancellationToken.None);
            return code;
        }
        catch (OptionsValidationException e)
        {
            return await SayAsync(Misused, string.Join(' ', e.Failures));
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return await SayAsync(Misused, string.Join(' ', e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures)));
        }
        catch (Exception e) when (e is MongoConfigurationException or FormatException or ArgumentException)
        {
            // Whatever could not be parsed may hold a password: it is not repeated.
            return await SayAsync(Misused, "A connection string of source, merchants or warehouse cannot be parsed.");
        }
        catch (InvalidOperationException e)
        {
            return await SayAsync(Misused, e.Message);
        }
    }

    private static async Task<int> RunAsync(IServiceProvider services, BatchRequest request)
    {
        var (opening, pass) = (services.GetRequiredService<WarehouseOpening>(), services.GetRequiredService<BatchPass>());
        var interrupted = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await OpenAsync(opening, interrupted);
            var report = await pass.RunAsync(request, interrupted);
            foreach (var line in report.Stages)
                Console.WriteLine(line);
            var totals = report.Totals;
            Console.WriteLine($"Run {report.RunId}: read {totals.Read} = loaded {totals.Loaded} + quarantined {totals.Quarantined} + already known {totals.Known}");
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Memory: peak {self.PeakWorkingSet64 / 1e6:N0} MB, allocated {GC.GetTotalAllocatedBytes() / 1e6:N1} MB"));
            return Succeeded;
        }
        catch (BatchBusyException e)
        {
            return await SayAsync(Busy, e.Message);
        }
        catch (BatchException e)
        {
            return await SayAsync(Failed, e.Message);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return await SayAsync(Interrupted, "Interrupted; nothing was loaded.");
        }
    }

    /// <summary>The warehouse may be away, its migration fail, or its key be another.</summary>
    private static async Task OpenAsync(WarehouseOpening opening, CancellationToken cancellationToken)
    {
        try
        {
            await opening.OpenAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw BatchException.While("opening the warehouse", e);
        }
        catch (InvalidOperationException e)
        {
            throw new BatchException(e.Message, e);
        }
    }

    internal static bool TryParse(string[] options, out BatchRequest request, out string? fault)
    {
        request = new BatchRequest { Trigger = "command" };
        for (var i = 0; i < options.Length; i++)
        {
            switch (options[i])
            {
                case "--full":
                    request = request with { Full = true };
                    break;
                case "--from" or "--to" when i + 1 < options.Length && TryParseDate(options[i + 1], out var date):
                    request = options[i] == "--from" ? request with { From = date } : request with { To = date };
                    i++;
                    break;
                case "--from" or "--to":
                    fault = $"{options[i]} needs a date.";
                    return false;
                default:
                    fault = $"'{options[i]}' is no option of this command.";
                    return false;
            }
        }

        fault = (request.Full && (request.From ?? request.To) is not null) ? "--full reads everything, --from and --to a part: give one or the other."
            : request.From >= request.To ? "--from must be before --to."
            : null;
        return fault is null;
    }

    private static bool TryParseDate(string text, out DateTime date) => DateTime.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private static async Task<int> SayAsync(int code, string sentence)
    {
        await Console.Error.WriteLineAsync($"error: {sentence}");
        return code;
    }
}

using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Etl.Worker.Commands;

/// <summary>
/// Runs one command in a host of its own, with the three databases and the PII key, but neither Redis nor a port. What it did goes
/// to standard output, what went wrong to standard error, in one sentence, and into the exit code.
/// </summary>
internal static class CommandHost
{
    /// <param name="command">Runs once the warehouse is migrated and its key recognised; its token is cancelled by Ctrl+C.</param>
    public static async Task<int> RunAsync(Func<IServiceProvider, CancellationToken, Task<int>> command)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole();
        // For this provider, since the levels of appsettings.json, meant for the service, would win otherwise.
        builder.Logging.AddFilter<ConsoleLoggerProvider>(null, LogLevel.Warning);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Extensions.Hosting", LogLevel.None);   // A start that fails is told below, in a sentence.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.ConfigureOpenTelemetry();
        builder.AddOrderedStop();
        try
        {
            builder.AddWarehouse();
            builder.AddBatch();
            builder.AddQuarantine();
            using var host = builder.Build();
            await host.StartAsync();
            var code = await RunAsync(host.Services, command);
            await host.StopAsync(CancellationToken.None);
            return code;
        }
        catch (OptionsValidationException e)
        {
            return await SayAsync(ExitCode.Misused, string.Join(' ', e.Failures));
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return await SayAsync(ExitCode.Misused, string.Join(' ', e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures)));
        }
        catch (Exception e) when (e is MongoConfigurationException or FormatException or ArgumentException)
        {
            // Whatever could not be parsed may hold a password: it is not repeated.
            return await SayAsync(ExitCode.Misused, "A connection string of source, merchants or warehouse cannot be parsed.");
        }
        catch (InvalidOperationException e)
        {
            return await SayAsync(ExitCode.Misused, e.Message);
        }
    }

    public static async Task<int> SayAsync(int code, string sentence)
    {
        await Console.Error.WriteLineAsync($"error: {sentence}");
        return code;
    }

    private static async Task<int> RunAsync(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task<int>> command)
    {
        var interrupted = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await OpenAsync(services.GetRequiredService<WarehouseOpening>(), interrupted);
            return await command(services, interrupted);
        }
        catch (BatchBusyException e)
        {
            return await SayAsync(ExitCode.Busy, e.Message);
        }
        catch (BatchException e)
        {
            return await SayAsync(ExitCode.Failed, e.Message);
        }
        catch (NpgsqlException e) when (!interrupted.IsCancellationRequested)
        {
            return await SayAsync(ExitCode.Failed, BatchException.While("working with the warehouse", e).Message);
        }
        catch (Exception e) when (interrupted.IsCancellationRequested && e is OperationCanceledException or NpgsqlException)
        {
            return await SayAsync(ExitCode.Interrupted, "Interrupted; nothing was loaded.");
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
}

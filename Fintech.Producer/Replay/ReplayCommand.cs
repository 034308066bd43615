using System.Globalization;
using CsvHelper;
using Fintech.Producer.Streams;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Replay;

/// <summary>
/// <c>replay file.csv --speed 60</c>, in a host of its own with Redis and nothing else. Ends with 0, also where lines were rejected;
/// 1 where Redis or the file failed; 2 where it was asked wrongly; 130 where it was interrupted.
/// </summary>
internal static class ReplayCommand
{
    private const int Failed = 1;
    private const int Misused = 2;
    private const int Interrupted = 130;

    private static readonly TimeSpan RedisPatience = TimeSpan.FromSeconds(15);

    public static async Task<int> ExecuteAsync(string[] words)
    {
        if (words is ["--help" or "-h"])
        {
            Console.WriteLine(ReplayArguments.Usage);
            return 0;
        }

        var arguments = ReplayArguments.Parse(words, out var fault);
        if (arguments is null)
            return await SayAsync(Misused, $"{fault}\n{ReplayArguments.Usage}");
        if (!File.Exists(arguments.File))
            return await SayAsync(Misused, $"There is no file '{arguments.File}'.");

        try
        {
            using var host = Build();
            await host.StartAsync();
            var code = await RunAsync(host.Services, arguments);
            await host.StopAsync();
            return code;
        }
        catch (OptionsValidationException exception)
        {
            return await SayAsync(Misused, string.Join(' ', exception.Failures));
        }
        catch (InvalidOperationException exception)
        {
            return await SayAsync(Misused, exception.Message);    // Of the client: no connection string.
        }
    }

    private static IHost Build()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole();
        builder.Logging.AddFilter<ConsoleLoggerProvider>(null, LogLevel.Warning);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Extensions.Hosting", LogLevel.None);    // A start that fails is told in a sentence.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.ConfigureOpenTelemetry();
        builder.AddRedisClient("redis");
        builder.AddStreams();
        return builder.Build();
    }

    private static async Task<int> RunAsync(IServiceProvider services, ReplayArguments arguments)
    {
        var interrupted = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var ceiling = services.GetRequiredService<StreamCeiling>();
        var time = services.GetRequiredService<TimeProvider>();
        var progress = new ReplayProgress(time);
        var code = 0;
        await using var rejected = new RejectedLines($"{arguments.File}.rejected.csv");
        using var shown = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var showing = progress.ShowAsync(() => ceiling.Read().Any(stream => stream.Closed), shown.Token);
        try
        {
            if (!await IsThereAsync(ceiling, time, interrupted))
                throw new IOException($"Redis did not answer within {RedisPatience.TotalSeconds:0} s.");

            var rebase = arguments.Rebase ? await RebaseAsync(arguments, time, interrupted) : null;
            if (rebase is not null)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Times are moved by {rebase.Shift:c}; for the same transactions again: --rebase-to {rebase.To:yyyy-MM-ddTHH:mm:ssZ}"));

            rejected.Clear();
            await ActivatorUtilities.CreateInstance<ReplayRun>(services, arguments, progress).RunAsync(rejected, rebase, interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            code = Interrupted;
        }
        catch (Exception exception) when (exception is ReplayException or CsvFormatException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            code = await SayAsync(exception is ReplayException ? Misused : Failed, exception.Message);
        }

        await shown.CancelAsync();
        await showing;
        if (code != Misused)
            Console.WriteLine(progress.Summary() + (rejected.Count > 0 ? $" They are listed in {rejected.Path}." : ""));
        if (code == Interrupted)
            await SayAsync(code, "Interrupted. Run the same again for the rest: what is there already is recognised by its id.");
        return code;
    }

    private static async Task<bool> IsThereAsync(StreamCeiling ceiling, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!ceiling.IsKnown && time.GetElapsedTime(started) < RedisPatience)
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        return ceiling.IsKnown;
    }

    private static async Task<Rebase> RebaseAsync(ReplayArguments arguments, TimeProvider time, CancellationToken cancellationToken) =>
        await new ReplayFile(arguments).SpanAsync(cancellationToken) is { } span
            ? new Rebase(span.Last, arguments.RebaseTo ?? time.GetUtcNow())
            : throw new ReplayException("The file holds no line with a time.");

    private static async Task<int> SayAsync(int code, string sentence)
    {
        await Console.Error.WriteLineAsync($"error: {sentence}");
        return code;
    }
}

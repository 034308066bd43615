using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// How far a pass is, on standard error, so that standard output holds nothing but the result: a bar on a terminal, else a line now
/// and then. Looks at the report from outside; the pass does not know of it.
/// </summary>
internal static class PassProgress
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(200);

    /// <summary>Where nobody watches, a log should not fill; a short pass says nothing.</summary>
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    public static Task ShowAsync(PassReport report, Task pass) => Console.IsErrorRedirected
        ? LinesAsync(report, pass, Console.Error, BetweenLines)
        : BarAsync(report, pass);

    /// <summary><c>loading the transactions: 1,200,000 of 5,000,000 rows, 240,000 rows/s</c></summary>
    internal static async Task LinesAsync(PassReport report, Task pass, TextWriter output, TimeSpan interval)
    {
        var speed = new Speed();
        while (await Task.WhenAny(pass, Task.Delay(interval)) != pass)
        {
            var (read, total) = Rows(report);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{report.Doing}: {read:N0} of {total:N0} rows, {speed.At(read):N0} rows/s"));
        }

        await pass;
    }

    private static async Task BarAsync(PassReport report, Task pass)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var rate = new RateColumn();
        await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, rate)
            .StartAsync(async context =>
            {
                var task = context.AddTask("opening the warehouse", maxValue: 1);
                while (await Task.WhenAny(pass, Task.Delay(Frame)) != pass)
                {
                    var (read, total) = Rows(report);
                    task.Description = Markup.Escape(report.Doing);
                    // Until the source has counted its rows, and once all of them are read, nobody knows how long it takes. There is
                    // always some work left after the last row, so the bar is never full.
                    task.IsIndeterminate = total == 0 || read >= total;
                    task.MaxValue = total + 1;
                    task.Value = read;
                    rate.Show(read, total);
                }
            });
        await pass;
    }

    private static (long Read, long Total) Rows(PassReport report) => (report.RowsRead, report.RowsExpected);

    /// <summary>Rows a second over the last few seconds.</summary>
    private sealed class Speed
    {
        private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);
        private readonly Queue<(long At, long Rows)> seen = new();

        public double At(long rows)
        {
            var now = System.Diagnostics.Stopwatch.GetTimestamp();
            seen.Enqueue((now, rows));
            while (seen.Count > 2 && System.Diagnostics.Stopwatch.GetElapsedTime(seen.Peek().At, now) > Window)
                seen.Dequeue();
            var (at, before) = seen.Peek();
            var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(at, now).TotalSeconds;
            return seconds > 0 ? (rows - before) / seconds : 0;
        }
    }

    /// <summary><c>24%  1,200,000 of 5,000,000 rows  240,000 rows/s  16 s left</c></summary>
    private sealed class RateColumn : ProgressColumn
    {
        private readonly Speed speed = new();
        private string text = "";

        public void Show(long read, long total)
        {
            var rate = speed.At(read);
            var left = rate > 0 ? string.Create(CultureInfo.InvariantCulture, $"  {(total - read) / rate:N0} s left") : "";
            text = total == 0 ? ""
                : read >= total ? string.Create(CultureInfo.InvariantCulture, $"{read:N0} rows read")
                : string.Create(CultureInfo.InvariantCulture, $"{100.0 * read / total:N0}%  {read:N0} of {total:N0} rows  {rate:N0} rows/s{left}");
        }

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(text);
    }
}

using System.Globalization;

namespace Fintech.Etl.Worker.Status;

/// <summary>The state of things as aligned text.</summary>
internal static class StatusPage
{
    private const string Runs = "Runs";

    public static void Write(TextWriter output, StatusReport report)
    {
        Table(Runs, ["RUN", "KIND", "TRIGGER", "STATUS", "STARTED", "TOOK", ">READ", ">LOADED", ">SUM LOADED", ">QUARANTINED", ">KNOWN"],
            report.Runs, run =>
            [
                Number(run.RunId), run.Kind, run.Trigger, run.Status, Moment(run.StartedAt), Took(run.Seconds),
                Count(run.RowsRead), Count(run.RowsLoaded), Money(run.AmountLoaded), Count(run.RowsQuarantined), Count(run.RowsKnown),
            ]);
        if (report.LastPass is { Error: { } error } failed)
            output.WriteLine($"  Run {Number(failed.RunId)} failed. {error}");

        Table("Watermark", ["SOURCE SYSTEM", "TABLE", ">LAST ID", "MOVED", ">OPEN GAPS", "OLDEST"], report.Watermarks, line =>
        [
            line.SourceSystem, line.Entity, Number(line.LastId), Ago(line.MovedAt), Count(line.Gaps),
            line.OldestGapAt is { } oldest ? Ago(oldest) : "",
        ]);
        output.WriteLine();
        output.WriteLine(report.Source switch
        {
            { Away: { } why } => $"Source      away: {why}",
            { RowsBehind: 0 } => "Source      nothing above the watermark",
            var behind => $"Source      {Count(behind.RowsBehind)} rows above the watermark, {Money(behind.AmountBehind)}, up to id {behind.LastId}",
        });

        Table("Streams", ["STREAM", "LAST ENTRY", ">ENTRIES", "MOVED"], report.Streams, line => [line.Stream, line.LastEntry, Count(line.EntriesRead), Ago(line.MovedAt)]);
        Table("Open in quarantine", ["CHECK", "ORIGIN", ">ROWS", ">SUM", "OLDEST"], report.Quarantine,
            line => [line.Check, line.Origin, Count(line.Rows), Money(line.Amount), Ago(line.OldestAt)]);
        Table("Findings of the last pass", ["CHECK", "SEVERITY", ">ROWS", "SUCH AS"], report.FailedChecks,
            line => [line.Name, line.Severity, Count(line.Failures), line.Sample.Length > 0 ? string.Join(", ", line.Sample) : line.Detail ?? ""]);

        // A title that begins with > stands over numbers, aligned at their end.
        void Table<T>(string title, string[] columns, IReadOnlyList<T> rows, Func<T, string[]> cells)
        {
            if (title != Runs)
                output.WriteLine();
            if (rows.Count == 0)
            {
                output.WriteLine($"{title}: none");
                return;
            }

            output.WriteLine(title);
            var lines = rows.Select(cells).Prepend([.. columns.Select(column => column.TrimStart('>'))]).ToList();
            var widths = columns.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
            foreach (var line in lines)
                output.WriteLine($"  {string.Join("  ", line.Select((cell, i) => columns[i][0] == '>' ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i])))}".TrimEnd());
        }

        string Ago(DateTime moment) => $"{Took((report.At - moment).TotalSeconds)} ago";
    }

    private static string Took(double seconds) => TimeSpan.FromSeconds(Math.Max(0, seconds)) switch
    {
        { TotalMinutes: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s"),
        { TotalHours: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s"),
        { TotalDays: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
        var time => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours} h"),
    };

    private static string Moment(DateTime moment) => moment.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Money(decimal amount) => amount.ToString("N2", CultureInfo.InvariantCulture);

    private static string Count(long rows) => rows.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

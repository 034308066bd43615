using System.Globalization;

namespace Fintech.Benchmarks.Stream;

/// <summary>Processor time of this process and all that came from it, by name: which part of the machine the path spends where.</summary>
internal sealed class ProcessorTimes
{
    private const double TicksASecond = 100;     // What the kernel counts in for everyone, whatever its own clock.

    private readonly Dictionary<string, double> seconds = [];

    public static ProcessorTimes Read()
    {
        var processes = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0).Select(Look).OfType<Line>().ToDictionary(line => line.Id);
        var times = new ProcessorTimes();
        foreach (var line in processes.Values.Where(IsOurs))
            times.seconds[line.Name] = times.seconds.GetValueOrDefault(line.Name) + line.Seconds;
        return times;

        bool IsOurs(Line line) =>
            line.Id == Environment.ProcessId || (processes.TryGetValue(line.Parent, out var parent) && IsOurs(parent));
    }

    /// <summary>Seconds of all processes of that name.</summary>
    public double Of(string name) => seconds.GetValueOrDefault(name);

    /// <returns>For example <c>postgres 12.3 µs, redis-server 5.0 µs</c>.</returns>
    public string Since(ProcessorTimes before, long transactions) => string.Join(", ", seconds
        .Select(time => (time.Key, Micros: (time.Value - before.seconds.GetValueOrDefault(time.Key)) * 1e6 / Math.Max(1, transactions)))
        .Where(time => time.Micros >= 0.1)
        .OrderByDescending(time => time.Micros)
        .Select(time => string.Create(CultureInfo.InvariantCulture, $"{time.Key} {time.Micros:F1} µs")));

    private sealed record Line(int Id, int Parent, string Name, double Seconds);

    /// <summary>Of <c>4711 (postgres) S 4700 …</c>: the parent is the second field after the name, user and system time the 12th and 13th.</summary>
    private static Line? Look(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var (open, close) = (text.IndexOf('('), text.LastIndexOf(')'));
            var fields = text[(close + 2)..].Split(' ');
            var name = text[(open + 1)..close];
            return new(id, int.Parse(fields[1], CultureInfo.InvariantCulture), id == Environment.ProcessId ? "generator" : Service(id) ?? name, Ticks(11) + Ticks(12));

            double Ticks(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture) / TicksASecond;
        }
        catch (IOException)
        {
            return null;    // It has ended meanwhile.
        }
    }

    /// <summary>All .NET processes have the name of their host.</summary>
    private static string? Service(int id)
    {
        var command = File.ReadAllText($"/proc/{id}/cmdline");
        return command.Contains("Fintech.Etl.Worker", StringComparison.Ordinal) ? "worker"
            : command.Contains("Fintech.Dashboard", StringComparison.Ordinal) ? "dashboard" : null;
    }
}

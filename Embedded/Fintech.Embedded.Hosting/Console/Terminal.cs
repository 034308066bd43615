using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Fintech.Embedded.Hosting.Console;

/// <summary>What a person sees of a run: the table of resources, then each child's output behind its name.</summary>
internal sealed class Terminal(TextWriter output, bool colours, IEnumerable<IResource> resources)
{
    private const string Reset = "\e[0m";
    private const string Bold = "\e[1m";
    private const string Dim = "\e[2m";

    // Readable on dark and light backgrounds alike.
    private static readonly string[] Palette = ["\e[36m", "\e[33m", "\e[32m", "\e[35m", "\e[34m", "\e[31m", "\e[96m", "\e[95m"];

    private readonly Lock _lock = new();

    // Both are known only once the model is complete.
    private readonly Lazy<int> _width = new(() => resources.Where(IsShown).Select(r => r.Name.Length).DefaultIfEmpty(0).Max());
    private readonly Lazy<Dictionary<string, string>> _colours = new(() => resources
        .Where(r => IsShown(r) && r is not IResourceWithParent)
        .Select((r, index) => (r.Name, Colour: Palette[index % Palette.Length]))
        .ToDictionary(r => r.Name, r => r.Colour));

    /// <summary>Colours only for a person's eyes, and only if that person has not declined them (no-color.org).</summary>
    public static Terminal OfThisProcess(IEnumerable<IResource> resources) => new(
        System.Console.Out,
        !System.Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
        resources);

    /// <summary>A parameter is a value, not something that runs; a connection to somebody else's server is worth a line.</summary>
    public static bool IsShown(IResource resource) => resource is not ParameterResource or IResourceWithConnectionString;

    public void WriteLine(string resource, string line)
    {
        lock (_lock)
            output.WriteLine($"{Paint(ColourOf(resource), resource.PadRight(_width.Value))} {Paint(Dim, "|")} {line}");
    }

    /// <param name="took">From the start until each resource was up.</param>
    /// <param name="telemetryUrl">Where traces are shown; null where another collector receives them.</param>
    public void WriteTable(IReadOnlyList<ResourceEvent> states, IReadOnlyDictionary<string, TimeSpan> took, string? telemetryUrl)
    {
        string[] heads = ["Resource", "State", "After", "URL"];
        var rows = states.Select(r => new[] { r.Resource.Name, StateOf(r), TimeOf(r), string.Join(", ", r.Snapshot.Urls.Select(u => u.Url)) }).ToArray();
        var widths = heads.Select((head, column) => rows.Select(row => row[column].Length).Append(head.Length).Max()).ToArray();

        lock (_lock)
        {
            output.WriteLine();
            output.WriteLine(Paint(Bold, Line(heads).TrimEnd()));
            foreach (var row in rows)
                output.WriteLine(Paint(ColourOf(row[0]), row[0].PadRight(widths[0])) + Line(row)[widths[0]..].TrimEnd());

            // A port that somebody chose is one that somebody opens.
            foreach (var (name, url) in states.SelectMany(OpenedByPeople))
                output.WriteLine($"{Environment.NewLine}{Paint(Bold, $"Open {url}")} for the {name}. Ctrl+C stops everything.");
            if (telemetryUrl is not null)
                output.WriteLine($"Traces, logs and metrics: {telemetryUrl}");
            output.WriteLine();
        }

        string TimeOf(ResourceEvent state) => took.TryGetValue(state.Resource.Name, out var time)
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
            : "";

        string Line(string[] cells) => string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths[column])));
    }

    private static string StateOf(ResourceEvent known) => known.Resource is ParameterResource
        ? "Configured"
        : known.Snapshot.HealthStatus?.ToString() ?? known.Snapshot.State?.Text ?? "";

    private static IEnumerable<(string Name, string Url)> OpenedByPeople(ResourceEvent resource) => resource.Resource.Annotations
        .OfType<EndpointAnnotation>()
        .Where(e => e is { UriScheme: "http" or "https", AllocatedEndpoint: not null } && (e.IsExternal || e.Port is not null))
        .Select(e => (resource.Resource.Name, e.AllocatedEndpoint!.UriString));

    // A database has no output of its own, and no colour.
    private string ColourOf(string resource) => _colours.Value.GetValueOrDefault(resource, "");

    private string Paint(string colour, string text) => colours && colour.Length > 0 ? colour + text + Reset : text;
}

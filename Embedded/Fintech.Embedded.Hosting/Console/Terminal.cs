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

    // Both are known only once the application starts: they count each replica.
    private readonly Lazy<int> _width = new(() => resources.Where(IsShown).SelectMany(r => r.GetResolvedResourceNames()).Select(id => id.Length).DefaultIfEmpty(0).Max());
    private readonly Lazy<Dictionary<string, string>> _colours = new(() => resources
        .Where(r => IsShown(r) && r is not IResourceWithParent)
        .SelectMany(r => r.GetResolvedResourceNames())
        .Select((id, index) => (Id: id, Colour: Palette[index % Palette.Length]))
        .ToDictionary(r => r.Id, r => r.Colour));

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

    /// <summary>A state that a resource has come to, set off from what it says itself.</summary>
    public void WriteChange(string resource, string state) => WriteLine(resource, Paint(Bold, $"[{state}]"));

    public void WriteSentence(string sentence)
    {
        lock (_lock)
            output.WriteLine(sentence);
    }

    /// <param name="took">From the start until each resource was up.</param>
    /// <param name="telemetryUrl">Where traces are shown; null where another collector receives them.</param>
    /// <param name="takesCommands">Somebody can type.</param>
    public void WriteTable(IReadOnlyList<ResourceEvent> states, IReadOnlyDictionary<string, TimeSpan> took, string? telemetryUrl, bool takesCommands)
    {
        string[] heads = ["Resource", "State", "After", "URL"];
        var rows = states.Select(r => new[] { r.ResourceId, StateOf(r), TimeOf(r), string.Join(", ", r.Snapshot.Urls.Select(u => AddressOf(u.Url))) }).ToArray();
        var widths = heads.Select((head, column) => rows.Select(row => row[column].Length).Append(head.Length).Max()).ToArray();

        lock (_lock)
        {
            output.WriteLine();
            output.WriteLine(Paint(Bold, Line(heads).TrimEnd()));
            foreach (var row in rows)
                output.WriteLine(Paint(ColourOf(row[0]), row[0].PadRight(widths[0])) + Line(row)[widths[0]..].TrimEnd());

            // A port that somebody chose is one that somebody opens.
            foreach (var (name, url) in states.SelectMany(OpenedByPeople).Distinct())
                output.WriteLine($"{Environment.NewLine}{Paint(Bold, $"Open {url}")} for the {name}. Ctrl+C stops everything.");
            if (telemetryUrl is not null)
                output.WriteLine($"Traces, logs and metrics: {telemetryUrl}");
            if (takesCommands)
                output.WriteLine("Type 'start NAME', 'stop NAME' or 'restart NAME' to control a single resource.");
            output.WriteLine();
        }

        string TimeOf(ResourceEvent state) => took.TryGetValue(state.ResourceId, out var time)
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
            : "";

        string Line(string[] cells) => string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths[column])));
    }

    public static string StateOf(ResourceEvent known) => known.Snapshot switch
    {
        _ when known.Resource is ParameterResource => "Configured",
        { HealthStatus: { } health } => health.ToString(),
        { State.Text: { } text } snapshot when text == KnownResourceStates.RuntimeUnhealthy => RestartOf(snapshot),
        { State.Text: { } text, ExitCode: { } code and not 0 } when text == KnownResourceStates.Exited => $"{text} with exit code {code}",
        { State: { } state } => state.Text,
        _ => "",
    };

    private static string RestartOf(CustomResourceSnapshot snapshot)
    {
        var properties = snapshot.Properties.ToDictionary(p => p.Name, p => p.Value);
        return properties.TryGetValue(RestartProperties.Attempt, out var attempt) && properties.TryGetValue(RestartProperties.Delay, out var delay)
            ? string.Create(CultureInfo.InvariantCulture, $"Restarting in {((TimeSpan)delay!).TotalSeconds:0} s, attempt {attempt}")
            : KnownResourceStates.RuntimeUnhealthy;
    }

    private static IEnumerable<(string Name, string Url)> OpenedByPeople(ResourceEvent resource) => resource.Resource.Annotations
        .OfType<EndpointAnnotation>()
        .Where(e => e is { UriScheme: "http" or "https", AllocatedEndpoint: not null } && (e.IsExternal || e.Port is not null))
        .Select(e => (resource.Resource.Name, resource.Snapshot.Urls.FirstOrDefault(u => u.Name == e.Name)?.Url ?? e.AllocatedEndpoint!.UriString));

    /// <summary>Where it listens: http://localhost:5001 of http://localhost:5001/sign-in?t=…, which is a line of its own.</summary>
    private static string AddressOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && !string.IsNullOrEmpty(address.Authority)
        ? address.GetLeftPart(UriPartial.Authority)
        : url;

    // A database has no output of its own, and no colour.
    private string ColourOf(string resource) => _colours.Value.GetValueOrDefault(resource, "");

    private string Paint(string colour, string text) => colours && colour.Length > 0 ? colour + text + Reset : text;
}

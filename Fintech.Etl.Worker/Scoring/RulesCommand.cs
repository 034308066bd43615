using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Commands;

namespace Fintech.Etl.Worker.Scoring;

/// <summary><c>rules show | set</c>: the rule set as a file, and a file as the next rule set.</summary>
internal static class RulesCommand
{
    private const string Usage =
        "Usage: rules show [VERSION]; rules set FILE --base VERSION [--because TEXT], where VERSION is the one that FILE was made from, as rules show names it.";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<int> ExecuteAsync(string[] words) => words switch
    {
        ["show"] => await CommandHost.RunAsync((services, token) => ShowAsync(services, null, token)),
        ["show", var text] when Version(text) is { } version => await CommandHost.RunAsync((services, token) => ShowAsync(services, version, token)),
        ["set", .. var rest] => await SetAsync(rest),
        _ => await CommandHost.SayAsync(ExitCode.Misused, Usage),
    };

    /// <summary>The rules to standard output, to be put into a file; what they are of to standard error.</summary>
    private static async Task<int> ShowAsync(IServiceProvider services, int? version, CancellationToken cancellationToken)
    {
        var found = await Book(services).GetAsync(version, cancellationToken);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"Rule set {found.Version}, written by {found.CreatedBy} at {found.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC{(found.Because is { } because ? $": {because}" : "")}"));
        Console.WriteLine(JsonNode.Parse(found.Rules)!.ToJsonString(Readable));
        return ExitCode.Succeeded;
    }

    private static async Task<int> SetAsync(string[] words)
    {
        var arguments = Arguments.Parse(words, ["--base", "--because"], [], out var fault);
        var basedOn = Version(arguments.Value("--base"));
        fault ??= arguments.Positional is not [var named] ? "The name of one file is expected."
            : !File.Exists(named) ? $"The file '{named}' does not exist."
            : basedOn is null ? "--base needs the version that the file was made from."
            : null;
        if (fault is not null)
            return await CommandHost.SayAsync(ExitCode.Misused, $"{fault} {Usage}");

        return await CommandHost.RunAsync(async (services, token) =>
        {
            var rules = await File.ReadAllTextAsync(arguments.Positional[0], token);
            var version = await Book(services).SetAsync(basedOn!.Value, rules, arguments.Value("--because"), AuditTrail.CommandActor, token);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Rule set {version} is written; every worker has it within two seconds."));
            return ExitCode.Succeeded;
        });
    }

    private static RuleSetBook Book(IServiceProvider services) => ActivatorUtilities.CreateInstance<RuleSetBook>(services);

    private static int? Version(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
}

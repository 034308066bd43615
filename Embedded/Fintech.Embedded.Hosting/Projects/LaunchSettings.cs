using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting;

/// <summary>A project's <c>Properties/launchSettings.json</c>, as far as it matters for a run.</summary>
public sealed class LaunchSettings
{
    private static readonly JsonSerializerOptions Json = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    [JsonPropertyName("profiles")]
    public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];

    internal static LaunchSettings? Read(string projectDirectory)
    {
        var file = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(file))
            return null;

        try
        {
            return JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllBytes(file), Json);
        }
        catch (JsonException e)
        {
            throw new DistributedApplicationException($"{file} is not valid: {e.Message}", e);
        }
    }

    /// <summary>The profile that was asked for by name, else the first that runs the project itself.</summary>
    internal KeyValuePair<string, LaunchProfile>? Choose(string? preferred)
    {
        if (preferred is not null && Profiles.TryGetValue(preferred, out var named))
            return new(preferred, named);

        foreach (var profile in Profiles)
            if (profile.Value.CommandName == "Project")
                return profile;

        return null;
    }
}

public sealed class LaunchProfile
{
    [JsonPropertyName("commandName")]
    public string? CommandName { get; set; }

    [JsonPropertyName("applicationUrl")]
    public string? ApplicationUrl { get; set; }

    [JsonPropertyName("environmentVariables")]
    public Dictionary<string, string> EnvironmentVariables { get; set; } = [];
}

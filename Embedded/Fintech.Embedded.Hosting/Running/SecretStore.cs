using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Generated passwords and keys, kept between runs in a file that only its owner reads. Lost with it is what they protect.</summary>
internal sealed class SecretStore(DataFolder folder, string file)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Lock _lock = new();

    public string GetOrAdd(string name, Func<string> generate)
    {
        lock (_lock)
        {
            folder.Acquire();

            // { "Parameters:oltp-password": "…" }
            var secrets = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : [];
            if (secrets[name] is { } known)
                return known.GetValue<string>();

            var value = generate();
            secrets[name] = value;
            Write(secrets.ToJsonString(Indented));
            return value;
        }
    }

    private void Write(string json)
    {
        // Whole or not at all: a half-written file would lock us out of every server's data.
        var next = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        using (var stream = new FileStream(next, options))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(json));
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
    }
}

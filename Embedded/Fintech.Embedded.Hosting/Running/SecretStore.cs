using System.Text.Json;
using Aspire.Hosting;

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

            var secrets = Read();
            if (secrets.TryGetValue(name, out var known))
                return known;

            var value = generate();
            secrets[name] = value;
            Write(JsonSerializer.Serialize(secrets, Indented));
            return value;
        }
    }

    // { "Parameters:oltp-password": "…" }
    private Dictionary<string, string> Read()
    {
        if (!File.Exists(file))
            return [];

        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? throw new JsonException("It holds null.");
        }
        catch (JsonException e)
        {
            // Never made anew over the old: what may still be read in it opens the data, nothing else does.
            throw new DistributedApplicationException(
                $"The generated passwords in {file} cannot be read: the file is damaged. Put a copy of it back; without it the data cannot be opened, " +
                $"so otherwise delete the folder {folder.FullPath} to begin anew.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DistributedApplicationException($"The generated passwords in {file} belong to another user: run the AppHost as that one, or set Embedded:DataFolder to another folder.", e);
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

using System.Text.Json;

namespace Fintech.Dashboard.Security.Links;

/// <summary>Who signs in by a link, and until when.</summary>
internal sealed record LinkGrant(string Name, string Role, DateTimeOffset Expires);

/// <summary>
/// The open links: one file each, named by the hash of the token, in the folder of the keys. To use a link is to rename its file,
/// which only one can do: so a link works once also with several replicas, and what is spent stays spent after a restart.
/// </summary>
internal sealed class LinkStore(KeysFolder folder, TimeProvider time)
{
    private const string Spent = ".spent";

    /// <summary>Longer than a process lives that was given a token of its own at the start.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(400);

    private readonly string place = folder.Sub("links");

    /// <returns>The token of the new link.</returns>
    public string Issue(LinkGrant grant)
    {
        Forget();
        var token = LinkToken.Create();
        if (!TryAdd(token, grant))
            throw new InvalidOperationException("Two tokens of 256 random bits are the same.");
        return token;
    }

    /// <returns>False where the token was ever a link before, open or not.</returns>
    public bool TryAdd(string token, LinkGrant grant)
    {
        var path = PathOf(token);
        if (File.Exists(path + Spent))
            return false;

        // Under another name first: nobody reads half a file, and of two replicas with the same token one is told no.
        var draft = $"{path}.{Guid.NewGuid():n}";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(grant));
        try
        {
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
            return false;
        }
    }

    public bool IsOpen(string token)
    {
        try
        {
            return Read(PathOf(token)).Expires > time.GetUtcNow();
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Spends the link.</summary>
    /// <returns>Null for a token that is no link, or was used before, or is too old.</returns>
    public LinkGrant? Redeem(string token)
    {
        if (!LinkToken.IsWellFormed(token))
            return null;

        var path = PathOf(token);
        try
        {
            File.Move(path, path + Spent, overwrite: false);
        }
        catch (IOException) when (!File.Exists(path) || File.Exists(path + Spent))
        {
            return null;
        }

        var grant = Read(path + Spent);
        return grant.Expires > time.GetUtcNow() ? grant : null;
    }

    private string PathOf(string token) => Path.Combine(place, LinkToken.HashOf(token));

    private static LinkGrant Read(string path)
    {
        using var file = File.OpenRead(path);
        return JsonSerializer.Deserialize<LinkGrant>(file) ?? throw new InvalidDataException($"{path} holds no link.");
    }

    private void Forget()
    {
        foreach (var old in new DirectoryInfo(place).EnumerateFiles().Where(file => file.LastWriteTimeUtc + Memory < time.GetUtcNow().UtcDateTime))
            old.Delete();
    }
}

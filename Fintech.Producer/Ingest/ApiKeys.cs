using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Ingest;

/// <summary>Which of the configured keys a client has. How long the comparison takes tells nothing about a key, not even its length.</summary>
internal sealed class ApiKeys(IOptionsMonitor<IngestOptions> options)
{
    public const string Header = "X-Api-Key";

    public bool AreConfigured => !string.IsNullOrEmpty(options.CurrentValue.PrimaryKey) || !string.IsNullOrEmpty(options.CurrentValue.SecondaryKey);

    /// <returns>The name of the key, <c>primary</c> or <c>secondary</c>; null where it is neither.</returns>
    public string? NameOf(string? given)
    {
        var hash = Hash(given);
        var (primary, secondary) = (Matches(options.CurrentValue.PrimaryKey, hash), Matches(options.CurrentValue.SecondaryKey, hash));
        return primary ? "primary" : secondary ? "secondary" : null;
    }

    private static bool Matches(string? key, byte[] hash) => CryptographicOperations.FixedTimeEquals(Hash(key), hash) & !string.IsNullOrEmpty(key);

    private static byte[] Hash(string? key) => SHA256.HashData(Encoding.UTF8.GetBytes(key ?? ""));
}

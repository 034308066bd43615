namespace Fintech.Producer.Ingest;

/// <summary>Transactions taken in over HTTP (section <c>Producer:Ingest</c>).</summary>
internal sealed class IngestOptions
{
    public const string Section = "Producer:Ingest";

    private const int ShortestKey = 32;

    /// <summary>The API keys that are taken. Without any of them the endpoint refuses everything.</summary>
    public string? PrimaryKey { get; set; }

    /// <summary>The next key or the last one, while clients move from one to the other.</summary>
    public string? SecondaryKey { get; set; }

    public int MaxBodyBytes { get; set; } = 4 << 20;

    public int MaxTransactions { get; set; } = 10_000;

    /// <summary>Requests handled at a time: with their size, the bound on memory.</summary>
    public int MaxRequests { get; set; } = 16;

    /// <summary>Transactions a second for each key; what was not used is saved up for two seconds.</summary>
    public int RatePerKey { get; set; } = 20_000;

    public IEnumerable<string> Faults()
    {
        foreach (var (name, key) in new[] { (nameof(PrimaryKey), PrimaryKey), (nameof(SecondaryKey), SecondaryKey) })
        {
            if (!string.IsNullOrEmpty(key) && key.Length < ShortestKey)
                yield return $"{Section}:{name} must have at least {ShortestKey} characters; generate one with: openssl rand -base64 32";
        }

        foreach (var (name, value) in new[]
        {
            (nameof(MaxBodyBytes), MaxBodyBytes), (nameof(MaxTransactions), MaxTransactions), (nameof(MaxRequests), MaxRequests), (nameof(RatePerKey), RatePerKey),
        })
        {
            if (value <= 0)
                yield return $"{Section}:{name} must be above zero; it is {value}.";
        }
    }
}

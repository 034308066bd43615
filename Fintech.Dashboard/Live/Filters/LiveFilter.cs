namespace Fintech.Dashboard.Live.Filters;

/// <summary>What the page narrows itself to, as it comes over the wire: values of one kind are alternatives, kinds add up.</summary>
/// <param name="AtLeast">Smallest amount, included.</param>
/// <param name="AtMost">Largest amount, included.</param>
public sealed record FilterRequest(
    IReadOnlyList<string>? Categories = null,
    IReadOnlyList<string>? Merchants = null,
    IReadOnlyList<long>? Customers = null,
    decimal? AtLeast = null,
    decimal? AtMost = null,
    bool OnlyAlerts = false);

/// <summary>A filter that was checked, in one form whatever the order in which it was put together: equal ones are computed once.</summary>
internal sealed class LiveFilter : IEquatable<LiveFilter>
{
    public const int MostValues = 8;
    private const int LongestName = 100;
    private const int LongestRequest = 1_000;
    private const decimal LargestAmount = 999_999_999_999.99m;

    public static readonly LiveFilter None = new(new FilterRequest([], [], []));

    private readonly string key;

    private LiveFilter(FilterRequest request)
    {
        Categories = Sorted(request.Categories);
        Merchants = Sorted(request.Merchants);
        Customers = [.. (request.Customers ?? []).Distinct().Order()];
        AtLeast = request.AtLeast;
        AtMost = request.AtMost;
        OnlyAlerts = request.OnlyAlerts;

        // The names may hold anything but this separator, which is refused.
        key = string.Join('\u001f', [.. Categories.Prepend("c"), .. Merchants.Prepend("m"), .. Customers.Select(id => $"{id}").Prepend("i"), $"{AtLeast}", $"{AtMost}", $"{OnlyAlerts}"]);
    }

    public IReadOnlyList<string> Categories { get; }

    public IReadOnlyList<string> Merchants { get; }

    public IReadOnlyList<long> Customers { get; }

    public decimal? AtLeast { get; }

    public decimal? AtMost { get; }

    public bool OnlyAlerts { get; }

    public bool IsNone => this == None || Equals(None);

    /// <summary>The aggregates know categories, and nothing else that a filter may ask for.</summary>
    public bool IsByCategoryOnly => Categories.Count > 0 && Merchants.Count == 0 && Customers.Count == 0 && AtLeast is null && AtMost is null && !OnlyAlerts;

    /// <summary>As the page is told which filter a frame is for; null for none.</summary>
    public FilterRequest? Echo => IsNone ? null : new FilterRequest(Categories, Merchants, Customers, AtLeast, AtMost, OnlyAlerts);

    /// <param name="fault">A sentence where the request cannot be a filter.</param>
    public static LiveFilter? Parse(FilterRequest? request, out string? fault)
    {
        fault = request is null ? null : FaultOf(request);
        if (fault is not null)
            return null;

        var filter = request is null ? None : new LiveFilter(request);
        return filter.Equals(None) ? None : filter;
    }

    public bool Matches(string category, string merchant, long customerId, decimal amount, bool alert) =>
        (Categories.Count == 0 || Categories.Contains(category))
        && (Merchants.Count == 0 || Merchants.Contains(merchant))
        && (Customers.Count == 0 || Customers.Contains(customerId))
        && (AtLeast is not { } low || amount >= low)
        && (AtMost is not { } high || amount <= high)
        && (!OnlyAlerts || alert);

    public bool Equals(LiveFilter? other) => other is not null && key == other.key;

    public override bool Equals(object? obj) => Equals(obj as LiveFilter);

    public override int GetHashCode() => key.GetHashCode(StringComparison.Ordinal);

    private static string? FaultOf(FilterRequest request)
    {
        string[] names = [.. request.Categories ?? [], .. request.Merchants ?? []];
        if (names.Length + (request.Customers?.Count ?? 0) > MostValues)
            return $"A filter names at most {MostValues} categories, merchants and customers together.";
        if (Array.Exists(names, name => string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl)))
            return $"A category or merchant in a filter has 1 to {LongestName} characters, none of them a control character.";
        if (names.Sum(name => name.Length) > LongestRequest)
            return $"The names in a filter have at most {LongestRequest} characters together.";
        if (request.Customers?.Any(id => id < 0) == true)
            return "A customer in a filter is a number from 0 up.";
        if (request.AtLeast is < -LargestAmount or > LargestAmount || request.AtMost is < -LargestAmount or > LargestAmount)
            return "An amount in a filter has at most twelve digits before the point.";
        return request.AtLeast > request.AtMost ? "The smallest amount of a filter must not exceed the largest." : null;
    }

    private static IReadOnlyList<string> Sorted(IReadOnlyList<string>? names) => [.. (names ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}

/// <summary>What one browser looks at; what several look at is computed once.</summary>
internal readonly record struct LiveView(LiveWindow Window, LiveFilter Filter)
{
    public static implicit operator LiveView(LiveWindow window) => new(window, LiveFilter.None);
}

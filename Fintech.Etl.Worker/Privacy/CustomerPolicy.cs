namespace Fintech.Etl.Worker.Privacy;

/// <summary>What becomes of a personal column on its way into the warehouse.</summary>
internal enum ColumnPolicy
{
    /// <summary>A keyed hash: equal values are seen as equal, under one key version.</summary>
    Hash,

    /// <summary>What is left of it lets a person read a list, and nobody get the value back.</summary>
    Mask,

    /// <summary>As the source has it.</summary>
    Keep,

    /// <summary>Nothing.</summary>
    Drop,
}

/// <summary>The policies of the three personal columns, <c>Etl:Privacy:Columns:…</c>.</summary>
internal sealed record CustomerPolicy(ColumnPolicy FirstName, ColumnPolicy LastName, ColumnPolicy Email)
{
    public static readonly CustomerPolicy Default = new(ColumnPolicy.Keep, ColumnPolicy.Hash, ColumnPolicy.Hash);

    /// <summary>One letter each, as the dimension remembers it: <c>khh</c>.</summary>
    public string Code { get; } = string.Concat(((ColumnPolicy[])[FirstName, LastName, Email]).Select(policy => policy.ToString().ToLowerInvariant()[0]));
}

/// <summary><c>Etl:Privacy</c></summary>
internal sealed class CustomerPolicyOptions
{
    private const string Section = "Etl:Privacy:Columns";
    private static readonly string[] Names = ["first_name", "last_name", "email"];

    /// <summary>hash, mask, keep or drop by column; one that is not named has its default.</summary>
    public Dictionary<string, string> Columns { get; init; } = [];

    /// <summary>Of settings without faults.</summary>
    public CustomerPolicy Policy => new(
        Of("first_name") ?? CustomerPolicy.Default.FirstName,
        Of("last_name") ?? CustomerPolicy.Default.LastName,
        Of("email") ?? CustomerPolicy.Default.Email);

    public IEnumerable<string> Faults()
    {
        foreach (var (name, value) in Columns)
        {
            if (!Names.Contains(name, StringComparer.OrdinalIgnoreCase))
                yield return $"{Section}:{name} names no column with a policy; those are first_name, last_name and email.";
            else if (Parse(value) is not { } policy)
                yield return $"{Section}:{name} is '{value}'; it can be {Choice(name)}.";
            else if (policy == ColumnPolicy.Keep && !MayKeep(name))
                yield return $"{Section}:{name} is keep, which is refused: no last name or e-mail address is kept as it is beyond the extract; it can be {Choice(name)}.";
        }
    }

    private ColumnPolicy? Of(string name) =>
        Columns.FirstOrDefault(column => string.Equals(column.Key, name, StringComparison.OrdinalIgnoreCase)).Value is { } value ? Parse(value) : null;

    private static bool MayKeep(string name) => string.Equals(name, "first_name", StringComparison.OrdinalIgnoreCase);

    private static string Choice(string name) => MayKeep(name) ? "hash, mask, keep or drop" : "hash, mask or drop";

    private static ColumnPolicy? Parse(string value) => value.ToLowerInvariant() switch
    {
        "hash" => ColumnPolicy.Hash,
        "mask" => ColumnPolicy.Mask,
        "keep" => ColumnPolicy.Keep,
        "drop" => ColumnPolicy.Drop,
        _ => null,
    };
}

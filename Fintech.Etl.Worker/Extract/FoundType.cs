using System.Globalization;
using System.Text.RegularExpressions;

namespace Fintech.Etl.Worker.Extract;

/// <summary>The type that a column of the source really has.</summary>
/// <param name="Full">As PostgreSQL writes it: <c>numeric(10,2)</c>, <c>timestamp(3) without time zone</c>.</param>
internal sealed partial record FoundType(string Full)
{
    /// <summary>Without modifiers: <c>numeric</c>, <c>timestamp without time zone</c>.</summary>
    public string Name { get; } = Modifiers().Replace(Full, "");

    /// <summary>An instant, not the reading of a clock.</summary>
    public bool HasZone => Name == "timestamp with time zone";

    public bool IsPadded => Name == "character";

    /// <summary>Whether every value of this numeric fits the warehouse's numeric(14,2) by its type alone, NaN set aside.</summary>
    public bool IsCents
    {
        get
        {
            const int most = 14;
            const int decimals = 2;
            var modifiers = Modifiers().Match(Full);
            if (Name != "numeric" || !modifiers.Success)
                return false;
            var scale = modifiers.Groups["scale"] is { Success: true } given ? int.Parse(given.Value, CultureInfo.InvariantCulture) : 0;
            var precision = int.Parse(modifiers.Groups["precision"].Value, CultureInfo.InvariantCulture);
            return scale is >= 0 and <= decimals && precision - scale <= most - decimals;
        }
    }

    [GeneratedRegex(@"\((?<precision>\d+)(, *(?<scale>-?\d+))?\)")]
    private static partial Regex Modifiers();
}

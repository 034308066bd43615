using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Fintech.Contracts;

/// <summary>
/// Reads Unix seconds (<c>1767225600</c>, <c>1767225600.25</c>, also as a string) or ISO 8601
/// (<c>2026-01-01T00:00:00Z</c>; without an offset it is UTC). Writes ISO 8601 in UTC. Of ISO 8601 the calendar form, its time after
/// <c>T</c> or a space; nothing is guessed: <c>05/06/2026</c> is another day on each side of an ocean, and <c>12:30</c> would be today's.
/// </summary>
public sealed partial class WireTimestampConverter : JsonConverter<DateTimeOffset>
{
    // The range DateTimeOffset can hold, in Unix seconds: years 0001 to 9999.
    private const decimal MinSeconds = -62_135_596_800m;
    private const decimal MaxSeconds = 253_402_300_799m;

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetDecimal(out var seconds) => FromUnixSeconds(seconds),
        JsonTokenType.String => Parse(reader.GetString()!),
        _ => throw new JsonException("timestamp is neither Unix seconds nor ISO 8601."),
    };

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);

    /// <summary>Reads a text as it may stand in a JSON string.</summary>
    public static bool TryParse(string text, out DateTimeOffset moment)
    {
        try
        {
            moment = Parse(text);
            return true;
        }
        catch (JsonException)
        {
            moment = default;
            return false;
        }
    }

    private static DateTimeOffset Parse(string text)
    {
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            return FromUnixSeconds(seconds);

        return IsoShape().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment
            : throw new JsonException("timestamp is neither Unix seconds nor ISO 8601.");
    }

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?\z")]
    private static partial Regex IsoShape();

    private static DateTimeOffset FromUnixSeconds(decimal seconds) => seconds is < MinSeconds or > MaxSeconds
        ? throw new JsonException("timestamp is out of range: Unix seconds are expected, not milliseconds.")
        : DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
}

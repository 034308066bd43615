using System.Globalization;
using System.Text;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>An attribute as it is shown and searched: the value in words, whatever its type on the wire.</summary>
internal readonly record struct TelemetryAttribute(string Key, string Value);

/// <summary>KeyValue {key 1, value 2} and AnyValue {string 1, bool 2, int 3, double 4, array 5, key-value list 6, bytes 7}.</summary>
internal static class Attributes
{
    /// <summary>Values nest; a body made of nothing but opening lists would otherwise exhaust the stack.</summary>
    private const int MaxDepth = 16;

    public static TelemetryAttribute Read(OtlpMessage keyValue) => ReadPair(keyValue, 0);

    public static string ReadValue(OtlpMessage anyValue) => ReadValue(anyValue, 0);

    private static TelemetryAttribute ReadPair(OtlpMessage keyValue, int depth)
    {
        var (key, value) = ("", "");
        foreach (var field in keyValue)
        {
            if (field.Number == 1)
                key = field.Text;
            else if (field.Number == 2)
                value = ReadValue(field.Message, depth);
        }

        return new TelemetryAttribute(key, value);
    }

    private static string ReadValue(OtlpMessage anyValue, int depth)
    {
        if (depth > MaxDepth)
            throw new MalformedOtlpException($"The body nests attribute values more than {MaxDepth} deep.");

        var value = "";
        foreach (var field in anyValue)
        {
            value = field.Number switch
            {
                1 => field.Text,
                2 => field.Varint != 0 ? "true" : "false",
                3 => ((long)field.Varint).ToString(CultureInfo.InvariantCulture),
                4 => field.Double.ToString(CultureInfo.InvariantCulture),
                5 => ReadList(field.Message, '[', ']', element => ReadValue(element, depth + 1)),
                6 => ReadList(field.Message, '{', '}', element => ReadPair(element, depth + 1) is var (key, of) ? $"{key}: {of}" : ""),
                7 => Convert.ToHexStringLower(field.Bytes),
                _ => value,
            };
        }

        return value;
    }

    private static string ReadList(OtlpMessage list, char open, char close, Func<OtlpMessage, string> read)
    {
        var text = new StringBuilder().Append(open);
        foreach (var field in list)
        {
            if (field.Number == 1)
                text.Append(text.Length > 1 ? ", " : "").Append(read(field.Message));
        }

        return text.Append(close).ToString();
    }
}

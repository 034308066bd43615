using System.Globalization;
using System.Text;

namespace Fintech.Tests.Streaming;

/// <summary>Payloads as nobody should send them: sound events with something done to them. The same seed gives the same payloads.</summary>
internal sealed class PayloadMutator(int seed)
{
    private static readonly string[] Fields =
        ["transaction_id", "customer_id", "amount", "merchant_name", "timestamp", "currency", "type", "terminal_id", "source"];

    private static readonly string[] Values =
    [
        "null", "true", "[]", "{}", "\"\"", "\" \"", "0", "-0", "-1", "1e2", "1E400", "-1e-400", "1.005", "0.1e1", "NaN", "Infinity", "\"NaN\"", "01", "1.", ".5", "+1",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "79228162514264337593543950335", "79228162514264337593543950336",
        "999999999999.99", "1000000000000", "0.0000000000000000000000000001", "123456789.123456789123456789123456789",
        "1767225600", "1767225600.25", "1767225600000", "1767225600000000", "-1", "-62135596801", "253402300799", "253402300800", "4102444800",
        "\"1767225600\"", "\"1767225600.123456789\"", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00.1234567Z\"", "\"2026-01-01T00:00:00.12345678Z\"",
        "\"2026-01-01T00:00:00+14:00\"", "\"2026-01-01\"", "\"2026-13-01T00:00:00Z\"", "\"2026-02-30T00:00:00Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59Z\"",
        "\"2026-01-01T24:00:00Z\"", "\"2026-01-01T23:59:60Z\"", "\"01/02/2026\"", "\"2026-01-01 00:00Z\"", "\"2026-01-01T00:00Z\"", "\"2026-01-01T00:00:00z\"", "\"20260101T000000Z\"", "\"yesterday\"",
        "\"<script>alert(1)</script>\"", "\"'; drop table dw.fact_transactions; --\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001b[31m\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"",
        "\"caf\\u00e9\"", "\"\\u202egnp.exe\"", "\"\\u2028\"", "\"a\\tb\"", "\"a\tb\"", "\"\\x\"", "\"\\u12\"", "\"unfinished",
        "\"USD\"", "\"usd\"", "\"US\"", "\"\\u0055SD\"", "\"purchase\"", "\"refund\"", "\"Purchase\"", "\"gift\"", "\"bank-a\"", "\"Bank A\"", "\"stream\"",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]}}", "[[[[[[[[[[1]]]]]]]]]]", "/* */1", "1,", "",
    ];

    private readonly Random random = new(seed);
    private int made;

    /// <returns>About a quarter of them is sound.</returns>
    public byte[] Next()
    {
        var fields = new List<(string Name, string Value)>
        {
            ("transaction_id", $"\"f{seed}-{made++}\""),
            ("customer_id", random.Next(-5, 2000).ToString(CultureInfo.InvariantCulture)),
            ("amount", (random.Next(1, 800_000) / 100m).ToString(CultureInfo.InvariantCulture)),
            ("merchant_name", $"\"Merchant {random.Next(300)}\""),
            ("timestamp", random.Next(2) == 0 ? "1767225600.5" : "\"2026-01-01T00:00:00.25Z\""),
        };
        if (random.Next(3) == 0)
            fields.Add(("currency", "\"EUR\""));
        if (random.Next(5) == 0)
            fields.Add(("terminal_id", $"\"till {random.Next(50)}\""));

        var bytes = true;
        switch (random.Next(12))
        {
            case < 3: bytes = false; break;
            case < 7: Set(fields, Fields[random.Next(Fields.Length)], Values[random.Next(Values.Length)]); bytes = false; break;
            case 7: fields.RemoveAt(random.Next(fields.Count)); bytes = false; break;
            case 8: fields.Add((Fields[random.Next(Fields.Length)], Values[random.Next(Values.Length)])); bytes = false; break;
            case 9: fields.Insert(random.Next(fields.Count), (Odd(), Values[random.Next(Values.Length)])); bytes = false; break;
            case 10: Set(fields, Fields[random.Next(Fields.Length)], $"\"{new string('x', random.Next(1, 400))}\""); break;
        }

        var payload = Encoding.UTF8.GetBytes($"{{{string.Join(',', fields.Select(field => $"\"{field.Name}\":{field.Value}"))}}}");
        if (random.Next(20_000) == 0)
            payload = [.. payload.AsSpan(0, payload.Length - 1), .. ",\"padding\":\""u8, .. Enumerable.Repeat((byte)'x', 1_000_000), .. (random.Next(2) == 0 ? "\"}"u8 : "}"u8)];
        return bytes ? Damage(payload) : payload;
    }

    private static void Set(List<(string Name, string Value)> fields, string name, string value)
    {
        fields.RemoveAll(field => field.Name == name);
        fields.Add((name, value));
    }

    private string Odd() => random.Next(6) switch
    {
        0 => "Amount",
        1 => "amo\\u0075nt",
        2 => "",
        3 => "email",
        4 => "amount ",
        _ => new string('n', random.Next(300)),
    };

    private byte[] Damage(byte[] payload)
    {
        var list = new List<byte>(payload);
        for (var times = random.Next(1, 4); times > 0 && list.Count > 0; times--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(7))
            {
                case 0: list[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: list[at] = (byte)random.Next(256); break;
                case 2: list.RemoveRange(at, list.Count - at); break;
                case 3: list.Insert(at, (byte)random.Next(256)); break;
                case 4: list.RemoveRange(at, Math.Min(random.Next(1, 9), list.Count - at)); break;
                case 5: list.InsertRange(at, list.GetRange(at, Math.Min(random.Next(1, 30), list.Count - at))); break;
                default: list.InsertRange(random.Next(2) == 0 ? 0 : list.Count, random.Next(3) == 0 ? "\uFEFF"u8 : " \n"u8); break;
            }
        }

        return [.. list];
    }
}

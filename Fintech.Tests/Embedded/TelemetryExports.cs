using System.Text;
using Google.Protobuf;

namespace Fintech.Tests.Embedded;

/// <summary>One encoded protobuf field after the other: exports built by hand, so that the decoder is held to the wire and not to itself.</summary>
internal static class Wire
{
    public static byte[] Message(params IEnumerable<byte[]> fields) => [.. fields.SelectMany(field => field)];

    public static byte[] Bytes(int field, byte[] value) =>
        Write(field, WireFormat.WireType.LengthDelimited, output => output.WriteBytes(ByteString.CopyFrom(value)));

    public static byte[] Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public static byte[] Varint(int field, ulong value) => Write(field, WireFormat.WireType.Varint, output => output.WriteUInt64(value));

    public static byte[] Fixed64(int field, ulong value) => Write(field, WireFormat.WireType.Fixed64, output => output.WriteFixed64(value));

    public static byte[] Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    public static byte[] Packed(int field, params IEnumerable<ulong> values) => Bytes(field, [.. values.SelectMany(BitConverter.GetBytes)]);

    private static byte[] Write(int field, WireFormat.WireType type, Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            output.WriteTag(field, type);
            write(output);
        }

        return buffer.ToArray();
    }
}

/// <summary>Exports as a service would send them; times are milliseconds after <see cref="Epoch"/>.</summary>
internal static class TelemetryExports
{
    public static readonly DateTimeOffset Epoch = new(2026, 1, 5, 14, 3, 12, TimeSpan.Zero);

    public static ulong At(double milliseconds) => (ulong)((Epoch - DateTimeOffset.UnixEpoch).Ticks * 100 + (long)(milliseconds * 1e6));

    /// <summary>An id of 8 or 16 bytes for a number, well spread as real ones are.</summary>
    public static byte[] Id(int bytes, long number) =>
        [.. Enumerable.Range(1, bytes / 8).SelectMany(part => BitConverter.GetBytes(number * part * unchecked((long)0x9E3779B97F4A7C15)))];

    public static byte[] Value(object value) => value switch
    {
        string text => Wire.Text(1, text),
        bool truth => Wire.Varint(2, truth ? 1ul : 0),
        int number => Wire.Varint(3, (ulong)(long)number),
        double number => Wire.Double(4, number),
        object[] list => Wire.Bytes(5, Wire.Message(list.Select(element => Wire.Bytes(1, Value(element))))),
        _ => throw new ArgumentException($"No attribute holds a {value.GetType().Name}."),
    };

    public static byte[] Attribute(int field, string key, object value) =>
        Wire.Bytes(field, Wire.Message(Wire.Text(1, key), Wire.Bytes(2, Value(value))));

    /// <summary>The frame that traces, logs and metrics share: one resource, one scope, its records.</summary>
    public static byte[] Export(string service, string scope, params IEnumerable<byte[]> records) => Wire.Bytes(1, Wire.Message(
        Wire.Bytes(1, Wire.Message(Attribute(1, "service.name", service), Attribute(1, "service.instance.id", $"{service}-1"))),
        Wire.Bytes(2, Wire.Message([Wire.Bytes(1, Wire.Text(1, scope)), .. records.Select(record => Wire.Bytes(2, record))]))));

    public static byte[] Span(
        long trace, long span, long parent, string name, double start, double end, params IEnumerable<byte[]> more) => Wire.Message([
        Wire.Bytes(1, Id(16, trace)), Wire.Bytes(2, Id(8, span)), .. parent == 0 ? Array.Empty<byte[]>() : [Wire.Bytes(4, Id(8, parent))],
        Wire.Text(5, name), Wire.Fixed64(7, At(start)), Wire.Fixed64(8, At(end)), .. more]);

    public static byte[] Kind(int kind) => Wire.Varint(6, (ulong)kind);

    public static byte[] Attribute(string key, object value) => Attribute(9, key, value);

    public static byte[] Event(string name, double at, params IEnumerable<(string Key, object Value)> attributes) => Wire.Bytes(11, Wire.Message([
        Wire.Fixed64(1, At(at)), Wire.Text(2, name), .. attributes.Select(attribute => Attribute(3, attribute.Key, attribute.Value))]));

    public static byte[] Link(long trace, long span) => Wire.Bytes(13, Wire.Message(Wire.Bytes(1, Id(16, trace)), Wire.Bytes(2, Id(8, span))));

    public static byte[] Failed(string message) => Wire.Bytes(15, Wire.Message(Wire.Text(2, message), Wire.Varint(3, 2)));

    public static byte[] Log(
        double at, int severity, string body, long trace = 0, long span = 0, params IEnumerable<(string Key, object Value)> attributes) =>
        Wire.Message([
            Wire.Fixed64(1, At(at)), Wire.Varint(2, (ulong)severity), Wire.Bytes(5, Value(body)),
            .. attributes.Select(attribute => Attribute(6, attribute.Key, attribute.Value)),
            .. trace == 0 ? Array.Empty<byte[]>() : [Wire.Bytes(9, Id(16, trace)), Wire.Bytes(10, Id(8, span))]]);

    public static byte[] Metric(string name, string unit, byte[] data) =>
        Wire.Message(Wire.Text(1, name), Wire.Text(2, $"About {name}."), Wire.Text(3, unit), data);

    public static byte[] Gauge(double at, double value, params IEnumerable<(string Key, object Value)> attributes) =>
        Wire.Bytes(5, Number(at, value, attributes));

    public static byte[] Counter(double at, double value, params IEnumerable<(string Key, object Value)> attributes) =>
        Wire.Bytes(7, Wire.Message(Number(at, value, attributes), Wire.Varint(2, 2), Wire.Varint(3, 1)));

    public static byte[] Histogram(
        double at, double sum, ulong[] counts, double[] bounds, params IEnumerable<(string Key, object Value)> attributes) => Wire.Bytes(9, Wire.Message(
            Wire.Bytes(1, Wire.Message([
                .. attributes.Select(attribute => Attribute(9, attribute.Key, attribute.Value)),
                Wire.Fixed64(3, At(at)), Wire.Fixed64(4, counts.Aggregate((all, count) => all + count)), Wire.Double(5, sum),
                Wire.Packed(6, counts), Wire.Packed(7, bounds.Select(BitConverter.DoubleToUInt64Bits))])),
            Wire.Varint(2, 2)));

    private static byte[] Number(double at, double value, IEnumerable<(string Key, object Value)> attributes) => Wire.Bytes(1, Wire.Message([
        .. attributes.Select(attribute => Attribute(7, attribute.Key, attribute.Value)), Wire.Fixed64(3, At(at)), Wire.Double(4, value)]));
}

using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>
/// A protobuf message inside a received body, read field by field without copying: sub-messages are slices of the same array.
/// Fields are told apart by the public numbers of the OpenTelemetry protocol, stable since 1.0; unknown ones are passed over.
/// </summary>
internal readonly struct OtlpMessage(byte[] buffer, int offset, int length)
{
    public OtlpMessage(byte[] buffer) : this(buffer, 0, buffer.Length)
    {
    }

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(offset, length);

    public Enumerator GetEnumerator() => new(buffer, offset, length);

    public struct Enumerator(byte[] buffer, int offset, int length)
    {
        private readonly CodedInputStream input = new(buffer, offset, length);

        public OtlpField Current { get; private set; }

        /// <summary>The current field whole, with its number and length: fields one after the other are a message again.</summary>
        public OtlpMessage CurrentBytes { get; private set; }

        public bool MoveNext()
        {
            try
            {
                var start = (int)input.Position;
                var tag = input.ReadTag();
                if (tag == 0)
                    return false;

                var (number, type) = (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag));
                Current = type switch
                {
                    WireFormat.WireType.Varint => new OtlpField(number, type, input.ReadUInt64(), default),
                    WireFormat.WireType.Fixed64 => new OtlpField(number, type, input.ReadFixed64(), default),
                    WireFormat.WireType.Fixed32 => new OtlpField(number, type, input.ReadFixed32(), default),
                    WireFormat.WireType.LengthDelimited => new OtlpField(number, type, 0, Slice()),
                    _ => Skip(number, type),
                };
                CurrentBytes = new OtlpMessage(buffer, start, (int)input.Position - start);
                return true;
            }
            catch (InvalidProtocolBufferException fault)
            {
                throw new MalformedOtlpException($"The body is not valid protobuf: {fault.Message.TrimEnd('.')}.", fault);
            }
        }

        /// <summary>The payload after the length prefix, a varint whose bytes but the last have the high bit set.</summary>
        private readonly OtlpMessage Slice()
        {
            var start = (int)input.Position;
            input.SkipLastField();
            var end = (int)input.Position;
            while ((buffer[start++] & 0x80) != 0)
            {
            }

            return new OtlpMessage(buffer, start, end - start);
        }

        private readonly OtlpField Skip(int number, WireFormat.WireType type)
        {
            input.SkipLastField();
            return new OtlpField(number, type, 0, default);
        }
    }
}

/// <summary>One field; reading it as another wire type than the one sent is a malformed body.</summary>
internal readonly struct OtlpField(int number, WireFormat.WireType type, ulong bits, OtlpMessage payload)
{
    public int Number => number;

    public OtlpMessage Message => type == WireFormat.WireType.LengthDelimited ? payload : throw Expected("length-delimited");

    public ReadOnlySpan<byte> Bytes => Message.Bytes;

    /// <summary>Broken UTF-8 becomes replacement characters: a text worth showing is no reason to refuse an export.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    public ulong Varint => type == WireFormat.WireType.Varint ? bits : throw Expected("varint");

    public int ZigZag => (int)((uint)Varint >> 1) ^ -(int)(Varint & 1);

    public ulong Fixed64 => type == WireFormat.WireType.Fixed64 ? bits : throw Expected("64-bit");

    public double Double => BitConverter.UInt64BitsToDouble(Fixed64);

    /// <summary>Nanoseconds since 1970, held to what a signed number can say.</summary>
    public long Nanoseconds => (long)Math.Min(Fixed64, long.MaxValue);

    public TraceId TraceId => Bytes.Length == 16 ? TraceId.Read(Bytes) : throw Wrong($"a trace id of {Bytes.Length} bytes instead of 16");

    /// <summary>Zero where the field is there but empty, as exporters write the parent of a root.</summary>
    public SpanId SpanId => Bytes.Length switch
    {
        0 => default,
        8 => SpanId.Read(Bytes),
        var length => throw Wrong($"a span id of {length} bytes instead of 8"),
    };

    /// <summary>A repeated 64-bit field comes packed into one payload, or from older writers as one field a value.</summary>
    public void AddFixed64To(List<ulong> values)
    {
        if (type == WireFormat.WireType.Fixed64)
        {
            values.Add(bits);
            return;
        }

        var packed = Bytes;
        if (packed.Length % 8 != 0)
            throw Wrong($"{packed.Length} bytes of packed 64-bit values");

        for (; packed.Length > 0; packed = packed[8..])
            values.Add(BinaryPrimitives.ReadUInt64LittleEndian(packed));
    }

    /// <summary>The same for varints, whose packed form is one after the other without tags.</summary>
    public void AddVarintsTo(List<ulong> values)
    {
        if (type == WireFormat.WireType.Varint)
        {
            values.Add(bits);
            return;
        }

        var (value, shift) = (0ul, 0);
        foreach (var part in Bytes)
        {
            value |= (ulong)(part & 0x7f) << shift;
            shift += 7;
            if (shift > 70)
                throw Wrong("a packed varint of more than ten bytes");

            if ((part & 0x80) != 0)
                continue;

            values.Add(value);
            (value, shift) = (0, 0);
        }

        if (shift != 0)
            throw Wrong("a packed varint without an end");
    }

    private MalformedOtlpException Expected(string wanted) => Wrong($"wire type {type} instead of {wanted}");

    private MalformedOtlpException Wrong(string what) => new($"The body is not an OTLP export: field {number} has {what}.");
}

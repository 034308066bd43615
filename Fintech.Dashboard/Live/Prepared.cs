using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.SignalR;

namespace Fintech.Dashboard.Live;

/// <summary>
/// A message as the bytes of its JSON: made once and sent to every connection that is to have the same. SignalR would serialise it anew
/// for each of them, which with a thousand browsers was most of what the dashboard did.
/// </summary>
[JsonConverter(typeof(PreparedConverter))]
public sealed class Prepared
{
    private static readonly JsonSerializerOptions Wire = new JsonHubProtocolOptions().PayloadSerializerOptions;

    private readonly byte[] json;

    private Prepared(byte[] json) => this.json = json;

    public ReadOnlyMemory<byte> Json => json;

    /// <summary>As the hub's protocol itself would write it.</summary>
    public static Prepared From<T>(T message) => new(JsonSerializer.SerializeToUtf8Bytes(message, Wire));
}

internal sealed class PreparedConverter : JsonConverter<Prepared>
{
    public override Prepared Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("What is prepared is only sent; a client reads the message it stands for.");

    public override void Write(Utf8JsonWriter writer, Prepared value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fintech.Etl.Worker.Webhooks;

/// <summary>
/// Signs as the Standard Webhooks specification says, for which receivers have libraries: HMAC-SHA-256 of
/// <c>id.timestamp.body</c>, so that neither can be exchanged, nor an old request be sent again unnoticed.
/// </summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <returns><c>v1,K5oZ…=</c>, one for each key, with a space between.</returns>
    public static string Sign(IEnumerable<byte[]> keys, string id, DateTimeOffset sentAt, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{Timestamp(sentAt)}."), .. body];
        return string.Join(' ', keys.Select(key => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}"));
    }

    /// <returns>Unix seconds.</returns>
    public static string Timestamp(DateTimeOffset sentAt) => sentAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}

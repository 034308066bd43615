using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;

namespace Fintech.Etl.Worker.Privacy;

internal enum Mention
{
    No,

    /// <summary>The number is in it, in a place that does not tell whether it is a customer's.</summary>
    Perhaps,

    Yes,
}

/// <summary>
/// Looks for a person in content that could not be parsed when it came: JSON that lacks fields, a document of another shape, or no
/// structure at all. Known are the id, and of the e-mail address a hash.
/// </summary>
internal sealed partial class SealedSearch(long customerId, IReadOnlySet<string> emailHashes, PiiKeyRing keys)
{
    private readonly string id = customerId.ToString(CultureInfo.InvariantCulture);

    public Mention Look(byte[] plain)
    {
        var text = TextOf(plain);
        if (emailHashes.Count > 0 && Addresses().Matches(text).Any(address => IsTheirs(address.Value)))
            return Mention.Yes;

        // {"customer_id": 42  customerId='42'  customer-id=42  customer 42
        if (CustomerIds().Matches(text).Any(match => match.Groups["id"].Value == id))
            return Mention.Yes;
        return !IsJson(text) && Numbers().Matches(text).Any(number => number.Value == id) ? Mention.Perhaps : Mention.No;
    }

    private bool IsTheirs(string address) =>
        emailHashes.Contains(Convert.ToHexString(keys.Current.HashEmail(address)!))
        || (keys.Former is { } former && emailHashes.Contains(Convert.ToHexString(former.HashEmail(address)!)));

    /// <summary>A document of MongoDB is binary; as JSON it is searched like the others.</summary>
    private static string TextOf(byte[] plain)
    {
        try
        {
            // A document begins with its own length.
            return plain.Length > sizeof(int) && BitConverter.ToInt32(plain) == plain.Length
                ? BsonSerializer.Deserialize<BsonDocument>(plain).ToJson(new JsonWriterSettings { OutputMode = JsonOutputMode.RelaxedExtendedJson })
                : Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is BsonException or FormatException or IOException or ArgumentException)
        {
            return Encoding.UTF8.GetString(plain);
        }
    }

    /// <summary>Where a field says what it is, a number elsewhere is an amount or a key, not a customer.</summary>
    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex("""customer[_\- ]?(?:id|number|no)?["']?\s{0,4}[:=]?\s{0,4}["']?(?<id>-?\d+)""", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CustomerIds();

    [GeneratedRegex("""-?\d+""", RegexOptions.NonBacktracking)]
    private static partial Regex Numbers();

    [GeneratedRegex("""[^\s"'<>,;:=()]+@[^\s"'<>,;:=()]+""", RegexOptions.NonBacktracking)]
    private static partial Regex Addresses();
}

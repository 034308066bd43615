using System.Buffers;
using System.Text.Json;

namespace Fintech.Producer.Ingest;

/// <summary>One object, or an array of them. Where the syntax breaks, what follows cannot be told apart any more.</summary>
internal sealed class JsonCutter : IItemCutter
{
    private JsonReaderState state;
    private bool hasBegun;

    public bool TryTake(ref ReadOnlySequence<byte> rest, bool isLast, out Item item)
    {
        item = default;
        if (!hasBegun && isLast && Items.IsBlank(rest))
            return false;

        try
        {
            while (true)
            {
                var reader = new Utf8JsonReader(rest, isLast, state);
                if (!reader.Read())
                    return false;

                // The brackets of the array itself; an array within it is an item, if a wrong one.
                var isBracket = reader.TokenType == JsonTokenType.EndArray || (reader.TokenType == JsonTokenType.StartArray && !hasBegun);
                JsonDocument? document = null;
                if (!isBracket && !JsonDocument.TryParseValue(ref reader, out document))
                    return false;    // More of it is to come; from where it begins it is read again.

                using (document)
                {
                    (hasBegun, state, rest) = (true, reader.CurrentState, rest.Slice(reader.Position));
                    if (document is null)
                        continue;

                    item = Item.Of(document.RootElement);
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            item = new(null, "is not JSON; nothing from here on could be read.", IsLast: true);
            return true;
        }
    }
}

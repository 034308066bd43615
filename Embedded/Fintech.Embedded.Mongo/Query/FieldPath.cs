using System.Globalization;
using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Wire;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>A dotted path such as <c>address.city</c> or <c>tags.0</c>, and the ways a query follows one.</summary>
internal sealed class FieldPath
{
    private FieldPath(string text)
    {
        Text = text;
        Parts = text.Split('.');

        if (Parts.Length > BsonShape.MostLevels)
            throw new CommandException(ErrorCode.BadValue, $"A field path goes deeper than {BsonShape.MostLevels} levels.");

        if (Array.IndexOf(Parts, "") >= 0)
            throw new CommandException(ErrorCode.BadValue, $"The field path '{text}' holds an empty field name.");

        if (Parts.FirstOrDefault(part => part[0] == '$') is { } part)
            throw new CommandException(ErrorCode.BadValue, $"The part '{part}' of the field path '{text}' is an operator not supported here.");
    }

    public string Text { get; }

    public string[] Parts { get; }

    public static FieldPath Parse(string text) => new(text);

    public override string ToString() => Text;

    /// <summary>
    /// Does any value at the end of this path pass the test? On its way the path goes into every document of an array; an array
    /// at its end is handed over as it is. A missing field is handed over as null (which is not BsonNull).
    /// </summary>
    public bool Any(BsonDocument document, Func<BsonValue?, bool> test) => AnyField(document, 0, test);

    /// <summary>The values an index or a sort key sees: as <see cref="Any"/>, with arrays at the end taken apart.</summary>
    public List<BsonValue> Keys(BsonDocument document)
    {
        var keys = new List<BsonValue>(1);
        Any(document, value =>
        {
            switch (value)
            {
                case null:
                    keys.Add(BsonNull.Value);
                    break;
                case BsonArray { Count: 0 }:
                    keys.Add(BsonUndefined.Value);
                    break;
                case BsonArray array:
                    keys.AddRange(array);
                    break;
                default:
                    keys.Add(value);
                    break;
            }

            return false;
        });

        if (keys.Count == 0)
            keys.Add(BsonNull.Value);

        return keys;
    }

    /// <summary>The value as aggregation expressions see it: through an array, the array of what its documents hold; null if missing.</summary>
    public BsonValue? Evaluate(BsonDocument document) => Evaluate(document, 0);

    private bool AnyField(BsonDocument document, int depth, Func<BsonValue?, bool> test) =>
        document.TryGetValue(Parts[depth], out var value) ? AnyBelow(value, depth + 1, test) : test(null);

    private bool AnyBelow(BsonValue value, int depth, Func<BsonValue?, bool> test)
    {
        if (depth == Parts.Length)
            return test(value);

        if (value is BsonDocument document)
            return AnyField(document, depth, test);

        if (value is not BsonArray array)
            return test(null);

        if (TryIndex(Parts[depth], out var index) && index < array.Count && AnyBelow(array[index], depth + 1, test))
            return true;

        foreach (var element in array)
        {
            if (element is BsonDocument inner && AnyField(inner, depth, test))
                return true;
        }

        return false;
    }

    private BsonValue? Evaluate(BsonValue value, int depth)
    {
        if (depth == Parts.Length)
            return value;

        return value switch
        {
            BsonDocument document => document.TryGetValue(Parts[depth], out var inner) ? Evaluate(inner, depth + 1) : null,
            BsonArray array => new BsonArray(
                array.OfType<BsonDocument>().Select(inner => Evaluate(inner, depth)).Where(found => found is not null)),
            _ => null,
        };
    }

    public static bool TryIndex(string part, out int index) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out index) && (part.Length == 1 || part[0] != '0');
}

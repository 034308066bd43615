using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Updates;

/// <summary>Reads and changes the one place in a document that a dotted path names; in an array, a part of the path is a position.</summary>
internal static class DocumentEditor
{
    /// <summary>An update may not blow a document up by naming a position far behind an array's end. MongoDB's own limit.</summary>
    private const int MostNewElements = 1_500_000;

    public static BsonValue? Find(BsonDocument document, FieldPath path) =>
        path.Parts.Aggregate((BsonValue?)document, (container, part) => container is null ? null : Child(container, part));

    public static void Set(BsonDocument document, FieldPath path, BsonValue value)
    {
        BsonValue container = document;
        foreach (var part in path.Parts.AsSpan(0, path.Parts.Length - 1))
        {
            var next = Child(container, part);
            if (next is null)
            {
                next = new BsonDocument();
                SetChild(container, part, next, path);
            }

            container = next;
        }

        SetChild(container, path.Parts[^1], value, path);
    }

    public static void Unset(BsonDocument document, FieldPath path)
    {
        BsonValue? container = document;
        foreach (var part in path.Parts.AsSpan(0, path.Parts.Length - 1))
            container = container is null ? null : Child(container, part);

        if (container is BsonDocument inner)
            inner.Remove(path.Parts[^1]);
        else if (container is BsonArray array && FieldPath.TryIndex(path.Parts[^1], out var index) && index < array.Count)
            array[index] = BsonNull.Value; // The positions of the others stay as they are.
    }

    private static BsonValue? Child(BsonValue container, string part) => container switch
    {
        BsonDocument document => document.TryGetValue(part, out var value) ? value : null,
        BsonArray array => FieldPath.TryIndex(part, out var index) && index < array.Count ? array[index] : null,
        _ => null,
    };

    private static void SetChild(BsonValue container, string part, BsonValue value, FieldPath path)
    {
        switch (container)
        {
            case BsonDocument document:
                document[part] = value;
                break;

            case BsonArray array when FieldPath.TryIndex(part, out var index) && index - array.Count <= MostNewElements:
                while (array.Count <= index)
                    array.Add(BsonNull.Value);

                array[index] = value;
                break;

            default:
                throw new CommandException(
                    ErrorCode.PathNotViable,
                    $"Cannot create field '{part}' of the path '{path}' in an element of type {container.BsonType}");
        }
    }
}

using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>The named fields of a projection as a tree: <c>a.b</c> and <c>a.c</c> are two leaves below <c>a</c>.</summary>
internal sealed class ProjectedFields
{
    private readonly Dictionary<string, ProjectedFields> _below = [];

    private bool IsLeaf => _below.Count == 0;

    public bool Contains(string name) => _below.ContainsKey(name);

    public void Add(FieldPath path)
    {
        var node = this;
        for (var i = 0; i < path.Parts.Length; i++)
        {
            var last = i == path.Parts.Length - 1;
            if (node._below.TryGetValue(path.Parts[i], out var next) ? last || next.IsLeaf : false)
                throw new CommandException(ErrorCode.BadValue, $"Path collision at {path} in the projection");

            node = next ?? (node._below[path.Parts[i]] = new ProjectedFields());
        }
    }

    public BsonDocument Keep(BsonDocument document)
    {
        var kept = new BsonDocument();
        foreach (var field in document)
        {
            if (_below.TryGetValue(field.Name, out var node) && (node.IsLeaf ? field.Value : node.KeepBelow(field.Value)) is { } value)
                kept.Add(field.Name, value);
        }

        return kept;
    }

    public BsonDocument Drop(BsonDocument document)
    {
        var left = new BsonDocument();
        foreach (var field in document)
        {
            if (!_below.TryGetValue(field.Name, out var node))
                left.Add(field);
            else if (!node.IsLeaf)
                left.Add(field.Name, node.DropBelow(field.Value));
        }

        return left;
    }

    /// <summary>A path that goes on below a plain value keeps nothing of it; below an array, it keeps that part of its documents.</summary>
    private BsonValue? KeepBelow(BsonValue value) => value switch
    {
        BsonDocument document => Keep(document),
        BsonArray array => new BsonArray(array.Select(KeepBelow).Where(kept => kept is not null)),
        _ => null,
    };

    private BsonValue DropBelow(BsonValue value) => value switch
    {
        BsonDocument document => Drop(document),
        BsonArray array => new BsonArray(array.Select(DropBelow)),
        _ => value,
    };
}

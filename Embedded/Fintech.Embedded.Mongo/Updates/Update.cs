using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Updates;

/// <summary>
/// The <c>u</c> of an update statement: a whole new document, or operators such as <c>{ $set: { category: "fuel" } }</c>.
/// </summary>
internal sealed class Update
{
    private readonly BsonDocument? _replacement;
    private readonly Assignment[] _assignments = [];

    private Update(BsonDocument specification)
    {
        if (!FilterOperators.AreIn(specification))
        {
            _replacement = specification;
            return;
        }

        // MongoDB, too, goes through the paths in their order, so that new fields come out sorted. The order puts a path
        // right before those below it: "a", "a.b", "a-b".
        _assignments = [.. specification.SelectMany(ParseOperation).OrderBy(one => one.Path.Text.Replace('.', '\0'), StringComparer.Ordinal)];
        RefuseConflicts();
    }

    public bool IsReplacement => _replacement is not null;

    public static Update Parse(BsonValue specification) => specification switch
    {
        BsonDocument document => new Update(document),
        BsonArray => throw new CommandException(ErrorCode.FailedToParse, "Pipeline-style updates are not supported by this server"),
        _ => throw new CommandException(ErrorCode.FailedToParse, "Update argument must be either an object or an array"),
    };

    /// <summary>The document as it is to be after the update; the one given stays as it is.</summary>
    public BsonDocument Apply(BsonDocument document)
    {
        var updated = Changed(document, inserting: false);
        RefuseOtherId(document["_id"], updated);
        return updated;
    }

    /// <summary>The document an upsert inserts: what the filter demands, then the update.</summary>
    public BsonDocument NewDocument(Filter filter)
    {
        var seed = new BsonDocument();
        foreach (var (path, value) in filter.Equalities)
        {
            if (_replacement is null || path == "_id")
                DocumentEditor.Set(seed, FieldPath.Parse(path), value.DeepClone());
        }

        var created = Changed(seed, inserting: true);
        if (seed.TryGetValue("_id", out var id))
            RefuseOtherId(id, created);

        return created;
    }

    private BsonDocument Changed(BsonDocument document, bool inserting)
    {
        if (_replacement is not null)
        {
            var replaced = new BsonDocument();
            if (document.TryGetValue("_id", out var id))
                replaced.Add("_id", id);

            return replaced.Merge(_replacement, overwriteExistingElements: true);
        }

        var changed = document is RawBsonDocument raw ? raw.Materialize(new()) : document.DeepClone().AsBsonDocument;
        foreach (var assignment in _assignments)
            assignment.Apply(changed, inserting);

        return changed;
    }

    private static IEnumerable<Assignment> ParseOperation(BsonElement operation)
    {
        if (operation.Value is not BsonDocument fields)
            throw new CommandException(ErrorCode.FailedToParse, $"Modifiers operate on fields but we found '{operation.Value}' for {operation.Name}");

        return fields.Select(field => new Assignment(operation.Name, FieldPath.Parse(field.Name), field.Value));
    }

    private void RefuseConflicts()
    {
        for (var i = 1; i < _assignments.Length; i++)
        {
            var (shorter, path) = (_assignments[i - 1].Path.Text, _assignments[i].Path.Text);
            if (path == shorter || path.StartsWith($"{shorter}.", StringComparison.Ordinal))
            {
                throw new CommandException(
                    ErrorCode.ConflictingUpdateOperators,
                    $"Updating the path '{path}' would create a conflict at '{shorter}'");
            }
        }
    }

    private static void RefuseOtherId(BsonValue id, BsonDocument updated)
    {
        if (!updated.TryGetValue("_id", out var found) || !BsonOrder.AreEqual(id, found))
            throw new CommandException(ErrorCode.ImmutableField, "Performing an update on the path '_id' would modify the immutable field '_id'");
    }
}

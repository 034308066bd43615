using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>
/// A query document such as <c>{ category: "fuel", amount: { $gte: 10, $lt: 20 } }</c>, read once and asked of many documents.
/// </summary>
internal sealed class Filter
{
    private readonly List<Func<BsonDocument, bool>> _conditions = [];
    private readonly Dictionary<string, BsonValue> _equalities = [];

    private Filter(BsonDocument query)
    {
        foreach (var condition in query)
            Add(condition);
    }

    /// <summary>What every matching document has: an index may find it by these, and an upsert begins its new document with them.</summary>
    public IReadOnlyDictionary<string, BsonValue> Equalities => _equalities;

    public bool MatchesEverything => _conditions.Count == 0;

    public static Filter Parse(BsonDocument query) => new(query);

    public bool Matches(BsonDocument document)
    {
        foreach (var condition in _conditions)
        {
            if (!condition(document))
                return false;
        }

        return true;
    }

    private void Add(BsonElement condition)
    {
        switch (condition.Name)
        {
            case "$and":
                foreach (var branch in Branches(condition))
                {
                    foreach (var inner in branch)
                        Add(inner);
                }

                break;

            case "$or":
                var any = Branches(condition).Select(Parse).ToArray();
                _conditions.Add(document => Array.Exists(any, branch => branch.Matches(document)));
                break;

            case "$nor":
                var none = Branches(condition).Select(Parse).ToArray();
                _conditions.Add(document => !Array.Exists(none, branch => branch.Matches(document)));
                break;

            case "$comment":
                break;

            case var name when name.StartsWith('$'):
                throw new CommandException(ErrorCode.BadValue, $"unknown top level operator: {name} (not supported by this server)");

            default:
                AddField(FieldPath.Parse(condition.Name), condition.Value);
                break;
        }
    }

    private void AddField(FieldPath path, BsonValue value)
    {
        if (FilterOperators.AreIn(value))
        {
            var operators = value.AsBsonDocument;
            _conditions.Add(FilterOperators.Parse(path, operators));

            if (operators.TryGetValue("$eq", out var equal))
                _equalities.TryAdd(path.Text, equal);
        }
        else
        {
            _conditions.Add(FilterOperators.Equality(path, value));

            if (value is not BsonRegularExpression)
                _equalities.TryAdd(path.Text, value);
        }
    }

    private static List<BsonDocument> Branches(BsonElement condition)
    {
        if (condition.Value is not BsonArray { Count: > 0 } array || array.Any(branch => branch is not BsonDocument))
            throw new CommandException(ErrorCode.BadValue, $"{condition.Name} must be a nonempty array of objects");

        return [.. array.Cast<BsonDocument>()];
    }
}

using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Aggregation;

/// <summary><c>{ $group: { _id: "$category", n: { $sum: 1 }, total: { $sum: "$amount" } } }</c></summary>
internal sealed class GroupStage
{
    private readonly Expression _key;
    private readonly (string Name, Expression Value, Func<Accumulator> Create)[] _fields;

    private GroupStage(Expression key, (string, Expression, Func<Accumulator>)[] fields)
    {
        _key = key;
        _fields = fields;
    }

    public static GroupStage Parse(BsonDocument specification)
    {
        if (!specification.TryGetValue("_id", out var key))
            throw new CommandException(ErrorCode.Location15955, "a group specification must include an _id");

        return new GroupStage(
            Expressions.Parse(key),
            [.. specification.Where(field => field.Name != "_id").Select(ParseField)]);
    }

    /// <summary>Groups come in the order in which their first documents came.</summary>
    public IEnumerable<BsonDocument> Run(IEnumerable<BsonDocument> documents)
    {
        var groups = new SortedDictionary<BsonValue, Accumulator[]>(BsonOrder.Instance);
        var inOrder = new List<(BsonValue Key, Accumulator[] Accumulators)>();

        foreach (var document in documents)
        {
            var key = _key(document) ?? BsonNull.Value;
            if (!groups.TryGetValue(key, out var accumulators))
            {
                accumulators = [.. _fields.Select(field => field.Create())];
                groups.Add(key, accumulators);
                inOrder.Add((key, accumulators));
            }

            for (var i = 0; i < _fields.Length; i++)
                accumulators[i].Add(_fields[i].Value(document));
        }

        foreach (var (key, accumulators) in inOrder)
        {
            var result = new BsonDocument("_id", key);
            for (var i = 0; i < _fields.Length; i++)
                result.Add(_fields[i].Name, accumulators[i].Result);

            yield return result;
        }
    }

    private static (string, Expression, Func<Accumulator>) ParseField(BsonElement field)
    {
        if (field.Value is not BsonDocument { ElementCount: 1 } accumulator || field.Name.Contains('.'))
            throw new CommandException(ErrorCode.BadValue, $"The field '{field.Name}' must be an accumulator object, and hold no '.'");

        var (name, argument) = accumulator.GetElement(0) is var element ? (element.Name, element.Value) : default;
        return (field.Name, Expressions.Parse(argument), Accumulator.Factory(name));
    }
}

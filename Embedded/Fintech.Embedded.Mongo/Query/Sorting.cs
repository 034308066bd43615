using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>A sort document such as <c>{ category: 1, amount: -1 }</c>. Documents that compare equal keep their order.</summary>
internal sealed class Sorting
{
    private readonly (FieldPath Path, bool Descending)[] _fields;

    private Sorting(BsonDocument sort) => _fields = [.. sort.Select(ParseField)];

    /// <summary>Null where nothing is to be sorted.</summary>
    public static Sorting? Parse(BsonDocument sort) => sort.ElementCount == 0 ? null : new Sorting(sort);

    public IEnumerable<BsonDocument> Apply(IEnumerable<BsonDocument> documents) =>
        documents.OrderBy(KeyOf, Comparer<BsonValue[]>.Create(Compare));

    private static (FieldPath, bool) ParseField(BsonElement field)
    {
        if (!field.Value.IsNumeric || field.Value.ToDouble() is not (1 or -1))
            throw new CommandException(ErrorCode.BadValue, $"The sort order of '{field.Name}' must be 1 or -1; it is {field.Value}.");

        return (FieldPath.Parse(field.Name), field.Value.ToDouble() < 0);
    }

    /// <summary>An array is sorted by its least element going up, and by its greatest going down.</summary>
    private BsonValue[] KeyOf(BsonDocument document) =>
        [.. _fields.Select(field => field.Descending
            ? field.Path.Keys(document).Max(BsonOrder.Instance)!
            : field.Path.Keys(document).Min(BsonOrder.Instance)!)];

    private int Compare(BsonValue[] x, BsonValue[] y)
    {
        for (var i = 0; i < _fields.Length; i++)
        {
            var order = BsonOrder.Compare(x[i], y[i]);
            if (order != 0)
                return _fields[i].Descending ? -order : order;
        }

        return 0;
    }
}

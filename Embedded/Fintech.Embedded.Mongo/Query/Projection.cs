using Fintech.Embedded.Mongo.Aggregation;
using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>
/// What to keep of a document, <c>{ merchant_name: 1, _id: 0 }</c>, or what to leave out, <c>{ secret: 0 }</c>, and what to
/// compute beside it, <c>{ Name: "$merchant_name" }</c>.
/// </summary>
internal sealed class Projection
{
    private readonly ProjectedFields _fields = new();
    private readonly List<(string Name, Expression Value)> _computed = [];
    private readonly bool _including;

    private Projection(BsonDocument fields)
    {
        bool? id = null;
        bool? including = null;

        foreach (var (path, value) in Flatten(fields, prefix: ""))
        {
            if (!value.IsNumeric && !value.IsBoolean)
            {
                Compute(path, value);
                Agree(ref including, true, path);
            }
            else if (path == "_id")
            {
                id = value.ToBoolean();
            }
            else
            {
                Agree(ref including, value.ToBoolean(), path);
                _fields.Add(FieldPath.Parse(path));
            }
        }

        _including = including ?? id ?? true;

        // _id alone needs no asking for, and may be left out where others are kept.
        var listed = _including ? id is not false && !_computed.Exists(field => field.Name == "_id") : id is false;
        if (listed && !_fields.Contains("_id"))
            _fields.Add(FieldPath.Parse("_id"));
    }

    /// <summary>Null where documents are wanted as they are.</summary>
    public static Projection? Parse(BsonDocument fields) => fields.ElementCount == 0 ? null : new Projection(fields);

    public BsonDocument Apply(BsonDocument document)
    {
        var result = _including ? _fields.Keep(document) : _fields.Drop(document);

        foreach (var (name, value) in _computed)
        {
            if (value(document) is { } found)
                result[name] = found;
        }

        return result;
    }

    /// <summary><c>{ a: { b: 1 } }</c> says the same as <c>{ "a.b": 1 }</c>.</summary>
    private static IEnumerable<(string Path, BsonValue Value)> Flatten(BsonDocument fields, string prefix)
    {
        foreach (var field in fields)
        {
            if (field.Value is BsonDocument { ElementCount: > 0 } inner && !FilterOperators.AreIn(inner))
            {
                foreach (var below in Flatten(inner, $"{prefix}{field.Name}."))
                    yield return below;
            }
            else
            {
                yield return (prefix + field.Name, field.Value);
            }
        }
    }

    private void Compute(string path, BsonValue value)
    {
        if (path.Contains('.'))
            throw new CommandException(ErrorCode.BadValue, $"The projection computes '{path}'; only top-level fields can be computed here.");

        _computed.Add((FieldPath.Parse(path).Text, Expressions.Parse(value)));
    }

    private static void Agree(ref bool? including, bool wanted, string path)
    {
        if (including is { } before && before != wanted)
        {
            throw new CommandException(
                ErrorCode.Location31254,
                $"Cannot do {(wanted ? "inclusion" : "exclusion")} on field {path} in {(before ? "inclusion" : "exclusion")} projection");
        }

        including = wanted;
    }
}

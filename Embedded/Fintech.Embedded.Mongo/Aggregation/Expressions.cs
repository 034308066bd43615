using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Aggregation;

/// <summary>Computes a value from a document; null is a missing one.</summary>
internal delegate BsonValue? Expression(BsonDocument document);

/// <summary>
/// Field paths (<c>"$category"</c>), <c>"$$ROOT"</c>, constants, and documents and arrays of these. Operators other than
/// <c>$literal</c> are refused by name.
/// </summary>
internal static class Expressions
{
    public static Expression Parse(BsonValue value) => value switch
    {
        BsonString { Value: "$$ROOT" } => document => document,
        BsonString text when text.Value.StartsWith("$$", StringComparison.Ordinal) =>
            throw new CommandException(ErrorCode.BadValue, $"Use of undefined variable: {text.Value[2..]} (only $$ROOT is supported by this server)"),
        BsonString text when text.Value.StartsWith('$') => FieldPath.Parse(text.Value[1..]).Evaluate,
        BsonDocument { ElementCount: 1 } document when document.GetElement(0) is { Name: "$literal" } literal => _ => literal.Value,
        BsonDocument document when FilterOperators.AreIn(document) =>
            throw new CommandException(ErrorCode.InvalidPipelineOperator, $"Unrecognized expression '{document.GetElement(0).Name}'"),
        BsonDocument document => ParseDocument(document),
        BsonArray array => ParseArray(array),
        _ => _ => value,
    };

    private static Expression ParseDocument(BsonDocument fields)
    {
        var values = fields.Select(field => (field.Name, Value: Parse(field.Value))).ToArray();
        return document => new BsonDocument(
            from field in values
            let value = field.Value(document)
            where value is not null
            select new BsonElement(field.Name, value));
    }

    private static Expression ParseArray(BsonArray elements)
    {
        var values = elements.Select(Parse).ToArray();
        return document => new BsonArray(values.Select(value => value(document) ?? BsonNull.Value));
    }
}

using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary><c>{ $type: "string" }</c>, <c>{ $type: 2 }</c>, <c>{ $type: ["int", "long"] }</c>; "number" is any of four.</summary>
internal static class TypeTest
{
    private static readonly BsonType[] Numbers = [BsonType.Double, BsonType.Int32, BsonType.Int64, BsonType.Decimal128];

    private static readonly Dictionary<string, BsonType> Aliases = new()
    {
        ["double"] = BsonType.Double,
        ["string"] = BsonType.String,
        ["object"] = BsonType.Document,
        ["array"] = BsonType.Array,
        ["binData"] = BsonType.Binary,
        ["undefined"] = BsonType.Undefined,
        ["objectId"] = BsonType.ObjectId,
        ["bool"] = BsonType.Boolean,
        ["date"] = BsonType.DateTime,
        ["null"] = BsonType.Null,
        ["regex"] = BsonType.RegularExpression,
        ["javascript"] = BsonType.JavaScript,
        ["symbol"] = BsonType.Symbol,
        ["javascriptWithScope"] = BsonType.JavaScriptWithScope,
        ["int"] = BsonType.Int32,
        ["timestamp"] = BsonType.Timestamp,
        ["long"] = BsonType.Int64,
        ["decimal"] = BsonType.Decimal128,
        ["minKey"] = BsonType.MinKey,
        ["maxKey"] = BsonType.MaxKey,
    };

    public static Func<BsonDocument, bool> Parse(FieldPath path, BsonValue operand)
    {
        var types = (operand is BsonArray several ? several : [operand]).SelectMany(TypesOf).ToHashSet();
        return document => path.Any(document, value => value is not null && (types.Contains(value.BsonType) || HasElement(value, types)));
    }

    private static bool HasElement(BsonValue value, HashSet<BsonType> types) =>
        value is BsonArray array && array.Any(element => types.Contains(element.BsonType));

    private static IEnumerable<BsonType> TypesOf(BsonValue type)
    {
        if (type == "number")
            return Numbers;

        if (type is BsonString alias && Aliases.TryGetValue(alias.Value, out var named))
            return [named];

        // MinKey and MaxKey are -1 and 127 here, and 255 and 127 as bytes of the format.
        if (type.IsNumeric && Aliases.Values.Where(known => NumberOf(known) == type.ToDouble()).ToArray() is [var numbered])
            return [numbered];

        throw new CommandException(ErrorCode.BadValue, $"Unknown type name alias or number in $type: {type}");
    }

    private static double NumberOf(BsonType type) => type == BsonType.MinKey ? -1 : (double)type;
}

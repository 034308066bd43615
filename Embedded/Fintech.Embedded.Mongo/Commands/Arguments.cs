using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>
/// Typed access to the arguments of a command or of one statement in it. What nobody asked for is refused, as MongoDB does:
/// an option that is passed over in silence (a collation, say) would give a wrong answer.
/// </summary>
internal readonly struct Arguments(string owner, BsonDocument fields)
{
    /// <summary>Arguments of every command which change nothing in what one server that never loses a write answers.</summary>
    private static readonly HashSet<string> Everywhere =
    [
        "$db", "$readPreference", "$clusterTime", "lsid", "comment", "maxTimeMS", "readConcern", "writeConcern",
        "apiVersion", "apiStrict", "apiDeprecationErrors",
    ];

    public BsonDocument Fields => fields;

    public Arguments Allow(params ReadOnlySpan<string> known)
    {
        foreach (var field in fields)
        {
            if (!known.Contains(field.Name) && !Everywhere.Contains(field.Name))
                throw new CommandException(ErrorCode.IDLUnknownField, $"BSON field '{owner}.{field.Name}' is an unknown field, or one this server does not support.");
        }

        return this;
    }

    public BsonValue Required(string name) =>
        fields.TryGetValue(name, out var value)
            ? value
            : throw new CommandException(ErrorCode.IDLFailedToParse, $"BSON field '{owner}.{name}' is missing but a required field");

    public BsonDocument RequiredDocument(string name) => AsDocument(name, Required(name));

    public BsonDocument Document(string name) => fields.TryGetValue(name, out var value) ? AsDocument(name, value) : [];

    public BsonArray RequiredArray(string name) => Required(name) as BsonArray ?? throw WrongType(name, "array");

    public string RequiredText(string name) => Required(name) is BsonString text ? text.Value : throw WrongType(name, "string");

    public string? Text(string name) => fields.Contains(name) ? RequiredText(name) : null;

    public bool Flag(string name, bool otherwise = false) =>
        fields.TryGetValue(name, out var value)
            ? value.IsBoolean || value.IsNumeric ? value.ToBoolean() : throw WrongType(name, "bool")
            : otherwise;

    /// <summary>A count of documents: a whole number from 0, whatever numeric type it came in.</summary>
    public int Count(string name, int otherwise)
    {
        if (!fields.TryGetValue(name, out var value))
            return otherwise;

        if (!value.IsNumeric)
            throw WrongType(name, "int");

        var number = value.ToDouble();
        if (number < 0 || number != Math.Truncate(number))
            throw new CommandException(ErrorCode.BadValue, $"BSON field '{owner}.{name}' is {value}; a whole number from 0 is expected.");

        return (int)Math.Min(number, int.MaxValue);
    }

    private BsonDocument AsDocument(string name, BsonValue value) => value as BsonDocument ?? throw WrongType(name, "object");

    private CommandException WrongType(string name, string expected) =>
        new(ErrorCode.TypeMismatch, $"BSON field '{owner}.{name}' is the wrong type '{fields[name].BsonType}', expected type '{expected}'");
}

using Fintech.Embedded.Mongo.Commands;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>A collection in a database, written <c>merchants.merchants</c>: up to the first dot is the database.</summary>
internal readonly record struct Namespace(string Database, string Collection)
{
    public static Namespace Checked(string database, string collection)
    {
        if (database.Length is 0 or > 63 || database.AsSpan().IndexOfAny("/\\. \"$\0") >= 0)
            throw new CommandException(ErrorCode.InvalidNamespace, $"Invalid database name: '{database}'");

        if (collection.Length is 0 or > 200
            || collection.AsSpan().IndexOfAny("$\0") >= 0
            || collection[0] == '.'
            || collection.StartsWith("system.", StringComparison.Ordinal))
            throw new CommandException(ErrorCode.InvalidNamespace, $"Invalid collection name: '{database}.{collection}'");

        return new Namespace(database, collection);
    }

    public static Namespace Parse(string text)
    {
        var dot = text.IndexOf('.');
        return new Namespace(text[..dot], text[(dot + 1)..]);
    }

    public override string ToString() => $"{Database}.{Collection}";
}

using Fintech.Embedded.Mongo.Aggregation;
using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Updates;

/// <summary>One operator upon one field: <c>$inc</c>, <c>visits</c>, <c>1</c>.</summary>
internal sealed class Assignment
{
    private readonly BsonValue _operand;
    private readonly Action<BsonDocument, bool> _apply;

    public Assignment(string operation, FieldPath path, BsonValue operand)
    {
        Path = path;
        _operand = operand;
        _apply = operation switch
        {
            "$set" => (document, _) => DocumentEditor.Set(document, path, operand.DeepClone()),
            "$setOnInsert" => SetOnInsert,
            "$unset" => (document, _) => DocumentEditor.Unset(document, path),
            "$inc" when operand.IsNumeric => (document, _) => Increment(document),
            "$inc" => throw new CommandException(ErrorCode.TypeMismatch, $"Cannot increment with non-numeric argument: {{{path}: {operand}}}"),
            _ => throw new CommandException(
                ErrorCode.FailedToParse,
                $"Unknown modifier: {operation}. This server supports $set, $setOnInsert, $unset and $inc."),
        };
    }

    public FieldPath Path { get; }

    public void Apply(BsonDocument document, bool inserting) => _apply(document, inserting);

    private void SetOnInsert(BsonDocument document, bool inserting)
    {
        if (inserting)
            DocumentEditor.Set(document, Path, _operand.DeepClone());
    }

    private void Increment(BsonDocument document)
    {
        var current = DocumentEditor.Find(document, Path);
        if (current is { IsNumeric: false })
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"Cannot apply $inc to a value of non-numeric type: the field '{Path}' is of type {current.BsonType}");
        }

        DocumentEditor.Set(document, Path, current is null ? _operand : Sum(current, _operand));
    }

    private static BsonValue Sum(BsonValue x, BsonValue y)
    {
        var sum = new NumberSum();
        sum.Add(x);
        sum.Add(y);

        return sum.Total is BsonDouble && x is not BsonDouble && y is not BsonDouble
            ? throw new CommandException(ErrorCode.BadValue, $"Failed to apply $inc operations to current value {x}: the sum exceeds 64 bits")
            : sum.Total;
    }
}

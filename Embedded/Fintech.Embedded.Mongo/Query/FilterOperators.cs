using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>
/// The operators one field may be asked with: <c>{ $gte: 10, $lt: 20 }</c>. An operator that is not here is refused by name.
/// </summary>
internal static class FilterOperators
{
    /// <summary>Tells <c>{ $gt: 1 }</c>, a condition, from <c>{ city: "Oslo" }</c>, a value to be equal to.</summary>
    public static bool AreIn(BsonValue value) =>
        value is BsonDocument { ElementCount: > 0 } document && document.GetElement(0).Name.StartsWith('$');

    public static Func<BsonDocument, bool> Equality(FieldPath path, BsonValue value) => AnyValue(path, Equal(value));

    public static Func<BsonDocument, bool> Parse(FieldPath path, BsonDocument operators)
    {
        var conditions = operators.Select(one => Parse(path, one.Name, one.Value, operators)).ToArray();
        return document => Array.TrueForAll(conditions, condition => condition(document));
    }

    private static Func<BsonDocument, bool> Parse(FieldPath path, string name, BsonValue operand, BsonDocument all) => name switch
    {
        "$eq" => AnyValue(path, operand is BsonRegularExpression ? EqualValue(operand) : Equal(operand)),
        "$ne" => Not(AnyValue(path, EqualValue(NoRegex(name, operand)))),
        "$gt" => AnyValue(path, Ordered(NoRegex(name, operand), order => order > 0, orEqual: false)),
        "$gte" => AnyValue(path, Ordered(NoRegex(name, operand), order => order >= 0, orEqual: true)),
        "$lt" => AnyValue(path, Ordered(NoRegex(name, operand), order => order < 0, orEqual: false)),
        "$lte" => AnyValue(path, Ordered(NoRegex(name, operand), order => order <= 0, orEqual: true)),
        "$in" => AnyValue(path, OneOf(name, operand)),
        "$nin" => Not(AnyValue(path, OneOf(name, operand))),
        "$exists" => Exists(path, operand.ToBoolean()),
        "$not" => Not(Negated(path, operand)),
        "$regex" => AnyValue(path, RegexTest.Parse(operand, all)),
        "$options" when all.Contains("$regex") => _ => true,
        "$options" => throw new CommandException(ErrorCode.BadValue, "$options needs a $regex"),
        "$type" => TypeTest.Parse(path, operand),
        _ => throw new CommandException(ErrorCode.BadValue, $"unknown operator: {name} (not supported by this server)"),
    };

    /// <summary>Asks the value at the end of the path and, where that is an array, each of its elements.</summary>
    private static Func<BsonDocument, bool> AnyValue(FieldPath path, Func<BsonValue?, bool> test)
    {
        return document => path.Any(document, ValueOrElement);

        bool ValueOrElement(BsonValue? value)
        {
            if (test(value))
                return true;

            if (value is not BsonArray array)
                return false;

            foreach (var element in array)
            {
                if (test(element))
                    return true;
            }

            return false;
        }
    }

    private static Func<BsonDocument, bool> Not(Func<BsonDocument, bool> condition) => document => !condition(document);

    private static Func<BsonDocument, bool> Negated(FieldPath path, BsonValue operand) => operand switch
    {
        BsonRegularExpression => AnyValue(path, Equal(operand)),
        _ when AreIn(operand) => Parse(path, operand.AsBsonDocument),
        _ => throw new CommandException(ErrorCode.BadValue, "$not needs a regex or a document of operators"),
    };

    private static Func<BsonDocument, bool> Exists(FieldPath path, bool expected) =>
        document => path.Any(document, value => value is not null) == expected;

    /// <summary>A regular expression as a value means to match it; any other value means to be equal to it.</summary>
    private static Func<BsonValue?, bool> Equal(BsonValue operand) =>
        operand is BsonRegularExpression pattern ? RegexTest.For(pattern) : EqualValue(operand);

    /// <summary>A missing field is equal to null.</summary>
    private static Func<BsonValue?, bool> EqualValue(BsonValue operand) =>
        operand is BsonNull
            ? value => value is null or BsonNull
            : value => value is not null && BsonOrder.AreEqual(value, operand);

    private static Func<BsonValue?, bool> OneOf(string name, BsonValue operand)
    {
        if (operand is not BsonArray array)
            throw new CommandException(ErrorCode.BadValue, $"{name} needs an array");

        if (array.Any(AreIn))
            throw new CommandException(ErrorCode.BadValue, $"cannot nest $ under {name}");

        var patterns = array.OfType<BsonRegularExpression>().Select(RegexTest.For).ToArray();
        var values = new SortedSet<BsonValue>(array, BsonOrder.Instance);

        return value => values.Contains(value ?? BsonNull.Value) || Array.Exists(patterns, pattern => pattern(value));
    }

    /// <summary>Comparisons stay within one kind: no string is greater than 5. Only the ends of the order compare with everything.</summary>
    private static Func<BsonValue?, bool> Ordered(BsonValue operand, Func<int, bool> accepts, bool orEqual)
    {
        if (operand is BsonNull)
            return value => orEqual && (value is null or BsonNull);

        if (operand is BsonMinKey or BsonMaxKey)
            return value => value is not null && accepts(BsonOrder.Compare(value, operand));

        // NaN is neither greater nor less than anything, and equal to itself alone.
        if (NumberOrder.IsNaN(operand))
            return value => orEqual && value is not null && NumberOrder.IsNaN(value);

        var kind = BsonOrder.Kind(operand);
        return value => value is not null
            && BsonOrder.Kind(value) == kind
            && !NumberOrder.IsNaN(value)
            && accepts(BsonOrder.Compare(value, operand));
    }

    private static BsonValue NoRegex(string name, BsonValue operand) =>
        operand is BsonRegularExpression
            ? throw new CommandException(ErrorCode.BadValue, $"Can't have RegEx as arg to predicate over field: {name}")
            : operand;
}

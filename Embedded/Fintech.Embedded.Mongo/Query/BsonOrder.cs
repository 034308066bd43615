using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>
/// MongoDB's order of all values: first by kind, then within it. Numbers of any type are one kind, so 1, 1L and 1.0 are equal,
/// which the values' own Equals denies.
/// https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
/// </summary>
internal sealed class BsonOrder : IComparer<BsonValue>
{
    public static readonly BsonOrder Instance = new();

    private BsonOrder()
    {
    }

    int IComparer<BsonValue>.Compare(BsonValue? x, BsonValue? y) => Compare(x!, y!);

    public static bool AreEqual(BsonValue x, BsonValue y) => Compare(x, y) == 0;

    /// <summary>The kind of a value: <c>{ $gt: 5 }</c> finds numbers only, since it compares within one kind.</summary>
    public static int Kind(BsonValue value) => value.BsonType switch
    {
        BsonType.MinKey => 0,
        BsonType.Undefined => 1,
        BsonType.Null => 2,
        BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => 3,
        BsonType.String or BsonType.Symbol => 4,
        BsonType.Document => 5,
        BsonType.Array => 6,
        BsonType.Binary => 7,
        BsonType.ObjectId => 8,
        BsonType.Boolean => 9,
        BsonType.DateTime => 10,
        BsonType.Timestamp => 11,
        BsonType.RegularExpression => 12,
        BsonType.JavaScript => 13,
        BsonType.JavaScriptWithScope => 14,
        BsonType.MaxKey => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.BsonType, "This is no type a document may hold."),
    };

    public static int Compare(BsonValue x, BsonValue y)
    {
        var kind = Kind(x);
        var byKind = kind.CompareTo(Kind(y));
        return byKind != 0 ? byKind : (x, y) switch
        {
            (BsonString a, BsonString b) => CompareText(a.Value, b.Value),
            (BsonDocument a, BsonDocument b) => CompareDocuments(a, b),
            (BsonArray a, BsonArray b) => CompareArrays(a, b),
            (BsonBinaryData a, BsonBinaryData b) => CompareBinary(a, b),
            (BsonObjectId or BsonBoolean or BsonDateTime or BsonTimestamp, _) => x.CompareTo(y),
            (BsonRegularExpression a, BsonRegularExpression b) => Then(CompareText(a.Pattern, b.Pattern), CompareText(a.Options, b.Options)),
            _ when kind == 3 => NumberOrder.Compare(x, y),
            _ when kind is 4 or 13 or 14 => CompareText(x.ToString()!, y.ToString()!),
            _ => 0,
        };
    }

    /// <summary>Strings are ordered by code point, as their UTF-8 bytes are; UTF-16 would put U+FF00 after an emoji.</summary>
    private static int CompareText(string x, string y)
    {
        var same = x.AsSpan().CommonPrefixLength(y);
        if (same == x.Length || same == y.Length)
            return x.Length.CompareTo(y.Length);

        return Rank(x[same]).CompareTo(Rank(y[same]));

        static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
    }

    private static int CompareDocuments(BsonDocument x, BsonDocument y)
    {
        using var left = x.GetEnumerator();
        using var right = y.GetEnumerator();

        while (true)
        {
            var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
            if (!hasLeft || !hasRight)
                return hasLeft.CompareTo(hasRight);

            var (a, b) = (left.Current, right.Current);
            var order = Then(Kind(a.Value).CompareTo(Kind(b.Value)), CompareText(a.Name, b.Name));
            order = order != 0 ? order : Compare(a.Value, b.Value);
            if (order != 0)
                return order;
        }
    }

    private static int CompareArrays(BsonArray x, BsonArray y)
    {
        using var left = x.GetEnumerator();
        using var right = y.GetEnumerator();

        while (true)
        {
            var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
            if (!hasLeft || !hasRight)
                return hasLeft.CompareTo(hasRight);

            var order = Compare(left.Current, right.Current);
            if (order != 0)
                return order;
        }
    }

    private static int CompareBinary(BsonBinaryData x, BsonBinaryData y)
    {
        var order = Then(x.Bytes.Length.CompareTo(y.Bytes.Length), x.SubType.CompareTo(y.SubType));
        return order != 0 ? order : x.Bytes.AsSpan().SequenceCompareTo(y.Bytes);
    }

    private static int Then(int first, int second) => first != 0 ? first : second;
}

using System.Globalization;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Query;

/// <summary>Compares numbers of different types by their exact values: 9007199254740993 is not 9007199254740992.0.</summary>
internal static class NumberOrder
{
    private const double TwoTo63 = 9223372036854775808.0;

    public static int Compare(BsonValue x, BsonValue y) => (x, y) switch
    {
        (BsonDecimal128, _) or (_, BsonDecimal128) => CompareDecimals(x, y),
        (BsonDouble a, BsonDouble b) => a.Value.CompareTo(b.Value),
        (BsonDouble a, _) => -CompareToDouble(y.ToInt64(), a.Value),
        (_, BsonDouble b) => CompareToDouble(x.ToInt64(), b.Value),
        _ => x.ToInt64().CompareTo(y.ToInt64()),
    };

    public static bool IsNaN(BsonValue value) => value switch
    {
        BsonDouble number => double.IsNaN(number.Value),
        BsonDecimal128 number => Decimal128.IsNaN(number.Value),
        _ => false,
    };

    private static int CompareToDouble(long whole, double number)
    {
        // NaN comes before every number.
        if (double.IsNaN(number) || number < -TwoTo63)
            return 1;

        if (number >= TwoTo63)
            return -1;

        var truncated = Math.Truncate(number);
        var order = whole.CompareTo((long)truncated);
        return order != 0 ? order : truncated.CompareTo(number);
    }

    private static int CompareDecimals(BsonValue x, BsonValue y)
    {
        var (nanX, nanY) = (IsNaN(x), IsNaN(y));
        return nanX || nanY ? nanY.CompareTo(nanX) : Decimal128.Compare(Exact(x), Exact(y));
    }

    /// <summary>A double becomes the decimal of its own value in all 34 digits: 0.1 is 0.1000000000000000055511151231257827.</summary>
    private static Decimal128 Exact(BsonValue value) => value switch
    {
        BsonDecimal128 number => number.Value,
        BsonDouble { Value: double.PositiveInfinity } => Decimal128.PositiveInfinity,
        BsonDouble { Value: double.NegativeInfinity } => Decimal128.NegativeInfinity,
        BsonDouble number => Decimal128.Parse(number.Value.ToString("E33", CultureInfo.InvariantCulture)),
        _ => new Decimal128(value.ToInt64()),
    };
}

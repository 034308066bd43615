using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Aggregation;

/// <summary>
/// Adds numbers of any type. Whole numbers are added exactly, decimals in 28 digits, doubles with Neumaier's compensation, so
/// that a hundred thousand cents do not drift. The widest type seen is the type of the result, as in MongoDB.
/// </summary>
internal sealed class NumberSum
{
    private BsonType _widest = BsonType.Int32;
    private Int128 _whole;
    private decimal _decimals;
    private double _doubles;
    private double _compensation;

    public BsonValue Total => _widest switch
    {
        BsonType.Decimal128 => new BsonDecimal128(Decimals()),
        BsonType.Double => new BsonDouble(Doubles()),
        _ when _whole < long.MinValue || _whole > long.MaxValue => new BsonDouble(Doubles()),
        BsonType.Int64 => new BsonInt64((long)_whole),
        _ => Narrow((long)_whole),
    };

    public void Add(BsonValue number)
    {
        switch (number)
        {
            case BsonDecimal128 value:
                _decimals = Checked(() => _decimals + DecimalOf(value));
                Widen(BsonType.Decimal128);
                break;

            case BsonDouble value:
                AddDouble(value.Value);
                Widen(BsonType.Double);
                break;

            default:
                _whole += number.ToInt64();
                Widen(number.BsonType);
                break;
        }
    }

    public BsonValue DividedBy(long count) =>
        _widest == BsonType.Decimal128 ? new BsonDecimal128(Checked(() => Decimals() / count)) : new BsonDouble(Doubles() / count);

    /// <summary>An int32 where the number fits into one: what MongoDB answers for counts.</summary>
    public static BsonValue Narrow(long number) =>
        number is >= int.MinValue and <= int.MaxValue ? new BsonInt32((int)number) : new BsonInt64(number);

    /// <summary>
    /// The value as System.Decimal, exactly. BSON's decimal holds 34 digits and exponents beyond any amount of money, for which
    /// there is no arithmetic here: those are refused rather than rounded.
    /// </summary>
    public static decimal DecimalOf(BsonDecimal128 value) => Checked(() =>
    {
        var number = Decimal128.ToDecimal(value.Value);
        return Decimal128.Compare(new Decimal128(number), value.Value) == 0 ? number : throw new OverflowException();
    });

    public static decimal Checked(Func<decimal> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw new CommandException(ErrorCode.BadValue, "A decimal is outside the 28 digits in which this server can compute.");
        }
    }

    private decimal Decimals() => Checked(() => _decimals + (decimal)_whole + (decimal)(_doubles + _compensation));

    private double Doubles() => _doubles + _compensation + (double)_whole;

    private void AddDouble(double value)
    {
        var sum = _doubles + value;
        if (double.IsFinite(sum))
            _compensation += Math.Abs(_doubles) >= Math.Abs(value) ? _doubles - sum + value : value - sum + _doubles;

        _doubles = sum;
    }

    private void Widen(BsonType type)
    {
        if (Rank(type) > Rank(_widest))
            _widest = type;

        static int Rank(BsonType type) => type switch { BsonType.Int32 => 0, BsonType.Int64 => 1, BsonType.Double => 2, _ => 3 };
    }
}

using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Aggregation;

/// <summary>Gathers one field of one group.</summary>
internal abstract class Accumulator
{
    public abstract BsonValue Result { get; }

    /// <param name="value">The value of the next document; null where it has none.</param>
    public abstract void Add(BsonValue? value);

    public static Func<Accumulator> Factory(string name) => name switch
    {
        "$sum" => () => new Sum(),
        "$avg" => () => new Average(),
        "$min" => () => new Extreme(sign: -1),
        "$max" => () => new Extreme(sign: 1),
        "$first" => () => new First(),
        "$push" => () => new Push(),
        "$addToSet" => () => new AddToSet(),
        _ => throw new CommandException(ErrorCode.Location15952, $"unknown group operator '{name}'"),
    };

    private sealed class Sum : Accumulator
    {
        private readonly NumberSum _sum = new();

        public override BsonValue Result => _sum.Total;

        public override void Add(BsonValue? value)
        {
            if (value is { IsNumeric: true })
                _sum.Add(value);
        }
    }

    private sealed class Average : Accumulator
    {
        private readonly NumberSum _sum = new();
        private long _count;

        public override BsonValue Result => _count == 0 ? BsonNull.Value : _sum.DividedBy(_count);

        public override void Add(BsonValue? value)
        {
            if (value is not { IsNumeric: true })
                return;

            _sum.Add(value);
            _count++;
        }
    }

    private sealed class Extreme(int sign) : Accumulator
    {
        private BsonValue? _best;

        public override BsonValue Result => _best ?? BsonNull.Value;

        public override void Add(BsonValue? value)
        {
            if (value is null or BsonNull or BsonUndefined)
                return;

            if (_best is null || sign * BsonOrder.Compare(value, _best) > 0)
                _best = value;
        }
    }

    private sealed class First : Accumulator
    {
        private BsonValue? _first;

        public override BsonValue Result => _first ?? BsonNull.Value;

        public override void Add(BsonValue? value) => _first ??= value ?? BsonNull.Value;
    }

    private sealed class Push : Accumulator
    {
        private readonly BsonArray _values = [];

        public override BsonValue Result => _values;

        public override void Add(BsonValue? value)
        {
            if (value is not null)
                _values.Add(value);
        }
    }

    private sealed class AddToSet : Accumulator
    {
        private readonly SortedSet<BsonValue> _values = new(BsonOrder.Instance);

        public override BsonValue Result => new BsonArray(_values);

        public override void Add(BsonValue? value)
        {
            if (value is not null)
                _values.Add(value);
        }
    }
}

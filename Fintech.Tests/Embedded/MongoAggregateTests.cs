using Fintech.Embedded.Mongo.Aggregation;
using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class MongoAggregateTests
{
    private static readonly BsonDocument[] Payments =
    [
        BsonDocument.Parse("{ _id: 1, category: 'fuel', amount: NumberDecimal('10.10'), points: 5, city: 'Oslo' }"),
        BsonDocument.Parse("{ _id: 2, category: 'food', amount: NumberDecimal('20.20'), points: 7, tags: [{ k: 1 }, { k: 2 }, 3] }"),
        BsonDocument.Parse("{ _id: 3, category: 'fuel', amount: NumberDecimal('0.05'), points: NumberLong(3), city: 'Rome' }"),
        BsonDocument.Parse("{ _id: 4, category: 'food', points: 1.5, city: null }"),
    ];

    [Theory]
    [InlineData("[{ $match: { category: 'fuel' } }, { $group: { _id: 1, n: { $sum: 1 } } }]", "[{ _id: 1, n: 2 }]")]
    [InlineData("[{ $group: { _id: '$category', total: { $sum: '$amount' } } }]", "[{ _id: 'fuel', total: NumberDecimal('10.15') }, { _id: 'food', total: NumberDecimal('20.20') }]")]
    [InlineData("[{ $group: { _id: null, points: { $sum: '$points' }, avg: { $avg: '$points' } } }]", "[{ _id: null, points: 16.5, avg: 4.125 }]")]
    [InlineData("[{ $match: { _id: { $in: [1, 3] } } }, { $group: { _id: null, points: { $sum: '$points' }, avg: { $avg: '$points' } } }]", "[{ _id: null, points: NumberLong(8), avg: 4.0 }]")]
    [InlineData("[{ $group: { _id: null, min: { $min: '$city' }, max: { $max: '$city' }, first: { $first: '$city' }, none: { $avg: '$city' } } }]", "[{ _id: null, min: 'Oslo', max: 'Rome', first: 'Oslo', none: null }]")]
    [InlineData("[{ $group: { _id: '$category', cities: { $push: '$city' }, kinds: { $addToSet: '$category' } } }, { $sort: { _id: 1 } }]", "[{ _id: 'food', cities: [null], kinds: ['food'] }, { _id: 'fuel', cities: ['Oslo', 'Rome'], kinds: ['fuel'] }]")]
    [InlineData("[{ $group: { _id: { c: '$category', missing: '$nothing' } } }]", "[{ _id: { c: 'fuel' } }, { _id: { c: 'food' } }]")]
    [InlineData("[{ $sort: { points: -1 } }, { $skip: 1 }, { $limit: 2 }, { $project: { p: '$points', _id: 0 } }]", "[{ p: 5 }, { p: NumberLong(3) }]")]
    [InlineData("[{ $match: { _id: 2 } }, { $project: { keys: '$tags.k', whole: { $literal: '$tags' }, both: ['$_id', '$nothing'] } }]", "[{ _id: 2, keys: [1, 2], whole: '$tags', both: [2, null] }]")]
    [InlineData("[{ $count: 'n' }]", "[{ n: 4 }]")]
    [InlineData("[{ $match: { _id: 99 } }, { $count: 'n' }]", "[]")]
    [InlineData("[{ $match: { _id: 99 } }, { $group: { _id: null, n: { $sum: 1 } } }]", "[]")]
    [InlineData("[{ $match: { _id: 1 } }, { $group: { _id: null, d: { $first: '$$ROOT' } } }, { $project: { id: '$d._id', _id: 0 } }]", "[{ id: 1 }]")]
    public void A_pipeline_computes(string pipeline, string expected) =>
        Assert.Equal(Stages(expected), new BsonArray(Pipeline.Parse(Stages(pipeline)).Run(Payments)));

    [Theory]
    [InlineData("[{ $lookup: { from: 'x' } }]", ErrorCode.Location40324, "$lookup")]
    [InlineData("[{ $group: { n: { $sum: 1 } } }]", ErrorCode.Location15955, "_id")]
    [InlineData("[{ $group: { _id: 1, n: { $stdDevPop: '$a' } } }]", ErrorCode.Location15952, "$stdDevPop")]
    [InlineData("[{ $group: { _id: { $year: '$at' } } }]", ErrorCode.InvalidPipelineOperator, "$year")]
    [InlineData("[{ $project: { x: { $concat: ['$a', '$b'] } } }]", ErrorCode.InvalidPipelineOperator, "$concat")]
    [InlineData("[{ $project: { x: '$$NOW' } }]", ErrorCode.BadValue, "NOW")]
    [InlineData("[{ $limit: 0 }]", ErrorCode.BadValue, "$limit")]
    [InlineData("[{ $skip: -1 }]", ErrorCode.BadValue, "$skip")]
    [InlineData("[{ $match: 5 }]", ErrorCode.TypeMismatch, "$match")]
    [InlineData("[{ $match: {}, $limit: 1 }]", ErrorCode.Location40323, "exactly one")]
    [InlineData("[{ $sort: { a: 2 } }]", ErrorCode.BadValue, "'a'")]
    internal void A_pipeline_that_cannot_be_run_is_refused_by_name(string pipeline, ErrorCode code, string named)
    {
        var refusal = Assert.Throws<CommandException>(() => Pipeline.Parse(Stages(pipeline)));

        Assert.Equal(code, refusal.Code);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sum_of_doubles_does_not_drift()
    {
        var sum = new NumberSum();
        for (var i = 0; i < 100_000; i++)
            sum.Add(0.01);

        Assert.Equal(1000.0, sum.Total);
    }

    [Fact]
    public void A_decimal_too_long_to_add_exactly_is_refused()
    {
        var long34 = new BsonDecimal128(Decimal128.Parse("1.234567890123456789012345678901234"));

        Assert.Throws<CommandException>(() => new NumberSum().Add(long34));
    }

    private static BsonArray Stages(string json) => BsonDocument.Parse($"{{ a: {json} }}")["a"].AsBsonArray;
}

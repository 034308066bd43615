using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>Filters, order and sorting as MongoDB documents them, without a server.</summary>
public sealed class MongoQueryTests
{
    [Theory]
    [InlineData("{ a: 1 }", "{ a: 1.0 }")]
    [InlineData("{ a: 1 }", "{ a: [0, 1] }")]
    [InlineData("{ a: [1, 2] }", "{ a: [1, 2] }")]
    [InlineData("{ a: [1, 2] }", "{ a: [[1, 2], 3] }")]
    [InlineData("{ a: null }", "{ b: 1 }")]
    [InlineData("{ a: null }", "{ a: null }")]
    [InlineData("{ 'a.b': 2 }", "{ a: { b: 2 } }")]
    [InlineData("{ 'a.b': 2 }", "{ a: [{ b: 1 }, { b: 2 }] }")]
    [InlineData("{ 'a.1': 5 }", "{ a: [4, 5] }")]
    [InlineData("{ 'a.0.b': 5 }", "{ a: [{ b: 5 }] }")]
    [InlineData("{ 'a.b': null }", "{ a: [{ b: 1 }, {}] }")]
    [InlineData("{ 'a.b': null }", "{ a: 5 }")]
    [InlineData("{ a: { b: 1, c: 2 } }", "{ a: { b: 1, c: 2 } }")]
    [InlineData("{ a: { $gt: 5, $lt: 10 } }", "{ a: 7 }")]
    [InlineData("{ a: { $gt: 5, $lt: 10 } }", "{ a: [1, 20] }")]
    [InlineData("{ a: { $gte: 'b' } }", "{ a: 'c' }")]
    [InlineData("{ a: { $lte: null } }", "{ b: 1 }")]
    [InlineData("{ a: { $ne: 1 } }", "{ b: 1 }")]
    [InlineData("{ a: { $in: [1, 'x', null] } }", "{ a: 'x' }")]
    [InlineData("{ a: { $in: [1, 'x', null] } }", "{ b: 1 }")]
    [InlineData("{ a: { $in: [/^x/] } }", "{ a: 'xyz' }")]
    [InlineData("{ a: { $nin: [1, 2] } }", "{ a: 3 }")]
    [InlineData("{ a: { $exists: true } }", "{ a: null }")]
    [InlineData("{ a: { $exists: false } }", "{ b: null }")]
    [InlineData("{ a: { $not: { $gt: 5 } } }", "{ a: 'x' }")]
    [InlineData("{ a: { $not: /x/ } }", "{ a: 'y' }")]
    [InlineData("{ a: /^AC/i }", "{ a: 'acme' }")]
    [InlineData("{ a: { $regex: 'me$', $options: 'i' } }", "{ a: ['x', 'ACME'] }")]
    [InlineData("{ a: { $type: 'number' } }", "{ a: 1.5 }")]
    [InlineData("{ a: { $type: [2, 'int'] } }", "{ a: 'x' }")]
    [InlineData("{ a: { $type: 'array' } }", "{ a: [] }")]
    [InlineData("{ $or: [{ a: 1 }, { b: 1 }] }", "{ b: 1 }")]
    [InlineData("{ $and: [{ a: { $gt: 1 } }, { a: { $lt: 3 } }] }", "{ a: 2 }")]
    [InlineData("{ $nor: [{ a: 1 }, { b: 1 }] }", "{ c: 1 }")]
    [InlineData("{ a: NumberDecimal('0.1') }", "{ a: NumberDecimal('0.10') }")]
    [InlineData("{ a: NumberLong('9007199254740993') }", "{ a: NumberLong('9007199254740993') }")]
    [InlineData("{ a: NaN }", "{ a: NaN }")]
    [InlineData("{ a: { $lt: MaxKey } }", "{ a: 'anything' }")]
    [InlineData("{}", "{ a: 1 }")]
    public void A_filter_finds(string filter, string document) => Assert.True(Matches(filter, document));

    [Theory]
    [InlineData("{ a: 1 }", "{ a: '1' }")]
    [InlineData("{ a: [1, 2] }", "{ a: [2, 1] }")]
    [InlineData("{ a: { b: 1 } }", "{ a: { b: 1, c: 2 } }")]
    [InlineData("{ a: { b: 1, c: 2 } }", "{ a: { c: 2, b: 1 } }")]
    [InlineData("{ 'a.b': null }", "{ a: [1, 2] }")]
    [InlineData("{ 'a.b': 1 }", "{ a: [[{ b: 1 }]] }")]
    [InlineData("{ a: { $gt: 5 } }", "{ a: 'six' }")]
    [InlineData("{ a: { $lt: 5 } }", "{ a: null }")]
    [InlineData("{ a: { $lt: 5 } }", "{ b: 1 }")]
    [InlineData("{ a: { $lt: 5 } }", "{ a: NaN }")]
    [InlineData("{ a: { $gt: null } }", "{ b: 1 }")]
    [InlineData("{ a: { $ne: 1 } }", "{ a: [1, 2] }")]
    [InlineData("{ a: { $ne: null } }", "{ b: 1 }")]
    [InlineData("{ a: { $nin: [1, null] } }", "{ b: 1 }")]
    [InlineData("{ a: { $nin: [/^x/] } }", "{ a: 'xyz' }")]
    [InlineData("{ a: { $not: { $gt: 5 } } }", "{ a: 6 }")]
    [InlineData("{ a: { $exists: true } }", "{ b: 1 }")]
    [InlineData("{ a: /^x/ }", "{ a: 5 }")]
    [InlineData("{ a: { $type: 'string' } }", "{ b: 1 }")]
    [InlineData("{ $nor: [{ a: 1 }, { b: 1 }] }", "{ b: 1 }")]
    [InlineData("{ a: NumberLong('9007199254740993') }", "{ a: 9007199254740992.0 }")]
    [InlineData("{ a: NumberDecimal('0.1') }", "{ a: 0.1 }")]
    public void A_filter_passes_over(string filter, string document) => Assert.False(Matches(filter, document));

    [Theory]
    [InlineData("{ a: { $elemMatch: { b: 1 } } }", "$elemMatch")]
    [InlineData("{ a: { $gt: 1, $near: 5 } }", "$near")]
    [InlineData("{ $expr: { $eq: ['$a', '$b'] } }", "$expr")]
    [InlineData("{ $where: 'true' }", "$where")]
    [InlineData("{ a: { $in: 5 } }", "$in")]
    [InlineData("{ a: { $in: [{ $gt: 5 }] } }", "$in")]
    [InlineData("{ $or: [] }", "$or")]
    [InlineData("{ a: { $regex: '(' } }", "Regular expression is invalid")]
    [InlineData("{ a: { $regex: 'x', $options: 'q' } }", "q")]
    [InlineData("{ a: { $type: 'money' } }", "money")]
    [InlineData("{ a: { $gt: /x/ } }", "$gt")]
    [InlineData("{ a: { $options: 'i' } }", "$options")]
    public void A_filter_that_cannot_be_answered_is_refused_by_name(string filter, string named)
    {
        var refusal = Assert.Throws<CommandException>(() => Filter.Parse(BsonDocument.Parse(filter)));

        Assert.Equal(ErrorCode.BadValue, refusal.Code);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_runs_away_is_stopped()
    {
        var filter = Filter.Parse(new BsonDocument("a", new BsonRegularExpression("^(a+)+$")));

        var refusal = Assert.Throws<CommandException>(() => filter.Matches(new BsonDocument("a", new string('a', 40) + "!")));

        Assert.Contains("took more than", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_all_kinds_have_one_order()
    {
        BsonValue[] ordered =
        [
            BsonMinKey.Value, BsonUndefined.Value, BsonNull.Value,
            double.NaN, double.NegativeInfinity, -5, -0.5, 0, new BsonDecimal128(0.1m), 0.1, 1L, 9007199254740992.0, 9007199254740993L,
            long.MaxValue, 9223372036854775808.0, double.PositiveInfinity,
            "", "A", "a", "aa", "\uFF00", "\U0001F35D",
            new BsonDocument(), new BsonDocument("a", 1), new BsonDocument("b", 1), new BsonDocument("a", "x"),
            new BsonArray(), new BsonArray { 1 }, new BsonArray { 1, 2 }, new BsonArray { 2 },
            new BsonBinaryData([9]), new BsonBinaryData([1, 2]),
            ObjectId.Empty, new BsonObjectId(ObjectId.GenerateNewId()),
            false, true,
            new BsonDateTime(-1), new BsonDateTime(1),
            new BsonTimestamp(1, 1), new BsonTimestamp(1, 2),
            new BsonRegularExpression("a"), new BsonRegularExpression("a", "i"),
            BsonMaxKey.Value,
        ];

        for (var i = 0; i < ordered.Length; i++)
        {
            for (var j = 0; j < ordered.Length; j++)
                Assert.True(Math.Sign(BsonOrder.Compare(ordered[i], ordered[j])) == i.CompareTo(j), $"{ordered[i]} <=> {ordered[j]}");
        }
    }

    [Theory]
    [InlineData(1, 1L)]
    [InlineData(1, 1.0)]
    [InlineData(0.0, -0.0)]
    [InlineData(double.NaN, double.NaN)]
    public void Numbers_are_equal_by_value_whatever_their_type(object x, object y) =>
        Assert.True(BsonOrder.AreEqual(BsonValue.Create(x), BsonValue.Create(y)));

    [Theory]
    [InlineData("{ a: 1 }", "1 2 0 3")]
    [InlineData("{ a: -1 }", "3 0 2 1")]
    [InlineData("{ b: 1, a: -1 }", "3 2 0 1")]
    public void Documents_are_sorted_by_several_fields_and_arrays_by_their_best_element(string sort, string expected)
    {
        BsonDocument[] documents =
        [
            BsonDocument.Parse("{ _id: 0, a: [5, 7], b: 2 }"),
            BsonDocument.Parse("{ _id: 1, b: 3 }"),
            BsonDocument.Parse("{ _id: 2, a: 3, b: 1 }"),
            BsonDocument.Parse("{ _id: 3, a: 'text', b: 1 }"),
        ];

        var sorted = Sorting.Parse(BsonDocument.Parse(sort))!.Apply(documents);

        Assert.Equal(expected, string.Join(' ', sorted.Select(document => document["_id"])));
    }

    [Fact]
    public void A_projection_that_keeps_and_drops_is_refused()
    {
        var refusal = Assert.Throws<CommandException>(() => Projection.Parse(BsonDocument.Parse("{ a: 1, b: 0 }")));

        Assert.Equal("Cannot do exclusion on field b in inclusion projection", refusal.Message);
    }

    private static bool Matches(string filter, string document) =>
        Filter.Parse(BsonDocument.Parse(filter)).Matches(new RawBsonDocument(BsonDocument.Parse(document).ToBson()));
}

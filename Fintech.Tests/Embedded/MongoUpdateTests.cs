using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using Fintech.Embedded.Mongo.Updates;
using MongoDB.Bson;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class MongoUpdateTests
{
    [Theory]
    [InlineData("{ _id: 1 }", "{ $set: { b: 2, a: 1 } }", "{ _id: 1, a: 1, b: 2 }")]
    [InlineData("{ _id: 1, a: { b: 1 } }", "{ $set: { 'a.c.d': 2 } }", "{ _id: 1, a: { b: 1, c: { d: 2 } } }")]
    [InlineData("{ _id: 1, a: [1, 2] }", "{ $set: { 'a.1': 5, 'a.3': 6 } }", "{ _id: 1, a: [1, 5, null, 6] }")]
    [InlineData("{ _id: 1, a: [{ b: 1 }] }", "{ $inc: { 'a.0.b': 4 } }", "{ _id: 1, a: [{ b: 5 }] }")]
    [InlineData("{ _id: 1, a: 1, b: { c: 1, d: 2 } }", "{ $unset: { a: '', 'b.c': '', gone: '' } }", "{ _id: 1, b: { d: 2 } }")]
    [InlineData("{ _id: 1, a: [1, 2, 3] }", "{ $unset: { 'a.1': '' } }", "{ _id: 1, a: [1, null, 3] }")]
    [InlineData("{ _id: 1, a: 1 }", "{ $inc: { a: NumberLong(2), b: -1 } }", "{ _id: 1, a: NumberLong(3), b: -1 }")]
    [InlineData("{ _id: 1, a: 2147483647 }", "{ $inc: { a: 1 } }", "{ _id: 1, a: NumberLong('2147483648') }")]
    [InlineData("{ _id: 1, a: NumberDecimal('1.10') }", "{ $inc: { a: NumberDecimal('2.20') } }", "{ _id: 1, a: NumberDecimal('3.30') }")]
    [InlineData("{ _id: 1, a: 1 }", "{ $inc: { a: 0.5 } }", "{ _id: 1, a: 1.5 }")]
    [InlineData("{ _id: 1, a: 1 }", "{ $setOnInsert: { b: 1 } }", "{ _id: 1, a: 1 }")]
    [InlineData("{ _id: 1, a: 1 }", "{ $set: { _id: 1, a: 2 } }", "{ _id: 1, a: 2 }")]
    [InlineData("{ _id: 1, a: 1 }", "{ b: 2 }", "{ _id: 1, b: 2 }")]
    public void An_update_changes_a_document(string before, string update, string after)
    {
        var document = BsonDocument.Parse(before);

        Assert.Equal(BsonDocument.Parse(after), Update.Parse(BsonDocument.Parse(update)).Apply(document));
        Assert.Equal(BsonDocument.Parse(before), document);
    }

    [Theory]
    [InlineData("{ a: 1, 'b.c': 2 }", "{ $set: { d: 3 } }", "{ a: 1, b: { c: 2 }, d: 3 }")]
    [InlineData("{ a: { $eq: 1 }, b: { $gt: 5 }, c: /x/ }", "{ $set: { d: 3 } }", "{ a: 1, d: 3 }")]
    [InlineData("{ $and: [{ a: 1 }, { b: 2 }] }", "{ $setOnInsert: { c: 3 } }", "{ a: 1, b: 2, c: 3 }")]
    [InlineData("{ _id: 7, a: 1 }", "{ x: 1 }", "{ _id: 7, x: 1 }")]
    public void An_upsert_begins_with_what_the_filter_demands(string filter, string update, string expected) =>
        Assert.Equal(
            BsonDocument.Parse(expected),
            Update.Parse(BsonDocument.Parse(update)).NewDocument(Filter.Parse(BsonDocument.Parse(filter))));

    [Theory]
    [InlineData("{ $rename: { a: 'b' } }", ErrorCode.FailedToParse, "Unknown modifier: $rename")]
    [InlineData("{ $set: { a: 1 }, b: 2 }", ErrorCode.FailedToParse, "b")]
    [InlineData("{ $set: { a: 1 }, $inc: { 'a.b': 1 } }", ErrorCode.ConflictingUpdateOperators, "'a.b'")]
    [InlineData("{ $set: { 'a': 1, 'a-b': 1, 'a.b': 2 } }", ErrorCode.ConflictingUpdateOperators, "'a.b'")]
    [InlineData("{ $set: { _id: 2 } }", ErrorCode.ImmutableField, "_id")]
    [InlineData("{ _id: 2, a: 1 }", ErrorCode.ImmutableField, "_id")]
    [InlineData("{ $unset: { _id: '' } }", ErrorCode.ImmutableField, "_id")]
    [InlineData("{ $inc: { text: 1 } }", ErrorCode.TypeMismatch, "text")]
    [InlineData("{ $inc: { number: 'x' } }", ErrorCode.TypeMismatch, "number")]
    [InlineData("{ $set: { 'number.b': 1 } }", ErrorCode.PathNotViable, "number.b")]
    [InlineData("{ $set: { 'list.x': 1 } }", ErrorCode.PathNotViable, "list.x")]
    [InlineData("{ $set: { 'list.$': 1 } }", ErrorCode.BadValue, "'$'")]
    [InlineData("{ $set: { 'list.$[]': 1 } }", ErrorCode.BadValue, "'$[]'")]
    [InlineData("{ $inc: { number: NumberLong('9223372036854775807') } }", ErrorCode.BadValue, "64 bits")]
    internal void An_update_that_cannot_be_made_is_refused(string update, ErrorCode code, string named)
    {
        var document = BsonDocument.Parse("{ _id: 1, text: 'x', number: 5, list: [1] }");

        var refusal = Assert.Throws<CommandException>(() => Update.Parse(BsonDocument.Parse(update)).Apply(document));

        Assert.Equal(code, refusal.Code);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_as_update_is_refused() =>
        Assert.Equal(ErrorCode.FailedToParse, Assert.Throws<CommandException>(() => Update.Parse(new BsonArray())).Code);
}

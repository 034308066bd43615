using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Aggregation;

using Stage = Func<IEnumerable<BsonDocument>, IEnumerable<BsonDocument>>;

/// <summary>An aggregation pipeline: stages that each turn one sequence of documents into another, lazily where they can.</summary>
internal sealed class Pipeline
{
    private readonly Stage[] _stages;

    private Pipeline(BsonArray stages)
    {
        _stages = [.. stages.Select(ParseStage)];

        if (stages.FirstOrDefault() is BsonDocument first && first.TryGetValue("$match", out var query))
            LeadingFilter = Filter.Parse(query.AsBsonDocument);
    }

    /// <summary>The first stage where that is a <c>$match</c>: an index may serve it.</summary>
    public Filter? LeadingFilter { get; }

    public static Pipeline Parse(BsonArray stages) => new(stages);

    public IEnumerable<BsonDocument> Run(IEnumerable<BsonDocument> documents) =>
        _stages.Aggregate(documents, (sequence, stage) => stage(sequence));

    private static Stage ParseStage(BsonValue value)
    {
        if (value is not BsonDocument { ElementCount: 1 } document)
            throw new CommandException(ErrorCode.Location40323, "A pipeline stage specification object must contain exactly one field.");

        var (name, argument) = document.GetElement(0) is var stage ? (stage.Name, stage.Value) : default;
        switch (name)
        {
            case "$match":
                return Matching(Filter.Parse(AsDocument(name, argument)));

            case "$group":
                return GroupStage.Parse(AsDocument(name, argument)).Run;

            case "$sort":
                var sorting = Sorting.Parse(AsDocument(name, argument))
                    ?? throw new CommandException(ErrorCode.BadValue, "$sort stage must have at least one sort key");
                return sorting.Apply;

            case "$limit":
                var limit = AsCount(name, argument, least: 1);
                return documents => documents.Take(limit);

            case "$skip":
                var skip = AsCount(name, argument, least: 0);
                return documents => documents.Skip(skip);

            case "$project":
                var projection = Projection.Parse(AsDocument(name, argument))
                    ?? throw new CommandException(ErrorCode.BadValue, "projection specification must have at least one field");
                return documents => documents.Select(projection.Apply);

            case "$count":
                return Counting(argument);

            default:
                throw new CommandException(ErrorCode.Location40324, $"Unrecognized pipeline stage name: '{name}'");
        }
    }

    private static Stage Matching(Filter filter) => documents => documents.Where(filter.Matches);

    private static Stage Counting(BsonValue field)
    {
        if (field is not BsonString { Value.Length: > 0 } name || name.Value[0] == '$' || name.Value.Contains('.'))
            throw new CommandException(ErrorCode.BadValue, "the count field must be a non-empty string without '$' at its start or '.' in it");

        return Count;

        IEnumerable<BsonDocument> Count(IEnumerable<BsonDocument> documents)
        {
            var count = documents.LongCount();
            if (count > 0)
                yield return new BsonDocument(name.Value, NumberSum.Narrow(count));
        }
    }

    private static BsonDocument AsDocument(string stage, BsonValue argument) =>
        argument as BsonDocument ?? throw new CommandException(ErrorCode.TypeMismatch, $"the {stage} specification must be an object; it is {argument}");

    private static int AsCount(string stage, BsonValue argument, int least)
    {
        if (!argument.IsNumeric || argument.ToDouble() is var number && (number < least || number != Math.Truncate(number)))
            throw new CommandException(ErrorCode.BadValue, $"the argument of {stage} must be a whole number from {least}; it is {argument}");

        return (int)Math.Min(number, int.MaxValue);
    }
}

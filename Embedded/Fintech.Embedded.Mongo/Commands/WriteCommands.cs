using Fintech.Embedded.Mongo.Query;
using Fintech.Embedded.Mongo.Storage;
using Fintech.Embedded.Mongo.Updates;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>
/// <c>insert</c>, <c>update</c> and <c>delete</c>: statements in a row, each done whole or not at all. The answer goes out when all
/// that was done is on the disk.
/// </summary>
internal sealed class WriteCommands(Store store)
{
    public Task<BsonDocument> InsertAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("insert", "documents", "ordered", "bypassDocumentValidation");
        var name = context.Collection;
        var batch = new WriteBatch(context, "documents", store);

        return batch.RunAsync(
            (document, _) =>
            {
                var bson = StoredDocument.Encode(document);
                store.Write(writer => writer.Insert(name, bson));
                batch.Matched++;
                batch.Written += bson.Length;
            },
            cancellationToken);
    }

    public async Task<BsonDocument> UpdateAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("update", "updates", "ordered", "bypassDocumentValidation");
        var name = context.Collection;
        var batch = new WriteBatch(context, "updates", store);
        var modified = 0;
        var upserted = new BsonArray();

        var answer = await batch.RunAsync(
            (statement, index) =>
            {
                var arguments = new Arguments("update.updates", statement).Allow("q", "u", "multi", "upsert");
                var filter = Filter.Parse(arguments.RequiredDocument("q"));
                var update = Update.Parse(arguments.Required("u"));
                var multi = arguments.Flag("multi");
                var upsert = arguments.Flag("upsert");

                if (multi && update.IsReplacement)
                    throw new CommandException(ErrorCode.FailedToParse, "multi update is not supported for replacement-style update");

                store.Write(writer =>
                {
                    var found = writer.Matching(name, filter, firstOnly: !multi);
                    foreach (var stored in found)
                    {
                        modified += Change(writer, name, stored, update, batch);
                        batch.Matched++;
                    }

                    if (found.Length == 0 && upsert)
                    {
                        upserted.Add(new BsonDocument { { "index", index }, { "_id", Upsert(writer, name, filter, update, batch) } });
                        batch.Matched++;
                    }
                });
            },
            cancellationToken);

        answer.Add("nModified", modified);
        if (upserted.Count > 0)
            answer.Add("upserted", upserted);

        return answer;
    }

    public Task<BsonDocument> DeleteAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("delete", "deletes", "ordered");
        var name = context.Collection;
        var batch = new WriteBatch(context, "deletes", store);

        return batch.RunAsync(
            (statement, _) =>
            {
                var arguments = new Arguments("delete.deletes", statement).Allow("q", "limit");
                var filter = Filter.Parse(arguments.RequiredDocument("q"));
                var limit = arguments.Required("limit");
                var one = limit == 1 || limit == 1L || limit == 1.0;
                if (!one && limit != 0 && limit != 0L && limit != 0.0)
                    throw new CommandException(ErrorCode.FailedToParse, $"The limit field in delete objects must be 0 or 1. Got {limit}");

                store.Write(writer =>
                {
                    foreach (var stored in writer.Matching(name, filter, firstOnly: one))
                    {
                        writer.Delete(name, stored);
                        batch.Matched++;
                    }
                });
            },
            cancellationToken);
    }

    /// <summary>1 where the update made a difference, else 0.</summary>
    private static int Change(StoreWriter writer, Namespace name, StoredDocument stored, Update update, WriteBatch batch)
    {
        var bson = StoredDocument.Encode(update.Apply(stored.Open()));
        if (bson.AsSpan().SequenceEqual(stored.Bson))
            return 0;

        writer.Replace(name, bson);
        batch.Written += bson.Length;
        return 1;
    }

    private static BsonValue Upsert(StoreWriter writer, Namespace name, Filter filter, Update update, WriteBatch batch)
    {
        var bson = StoredDocument.Encode(update.NewDocument(filter));
        writer.Insert(name, bson);
        batch.Written += bson.Length;
        return new RawBsonDocument(bson)["_id"];
    }
}

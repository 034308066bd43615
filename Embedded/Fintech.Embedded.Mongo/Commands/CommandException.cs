using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>A refusal that the client is told in MongoDB's form. <paramref name="details"/> are further fields of that answer.</summary>
internal sealed class CommandException(ErrorCode code, string message, BsonDocument? details = null) : Exception(message)
{
    public ErrorCode Code => code;

    /// <summary>A whole command has failed: <c>{ ok: 0, errmsg: "…", code: 59, codeName: "CommandNotFound" }</c>.</summary>
    public BsonDocument ToReply()
    {
        var reply = new BsonDocument { { "ok", 0.0 }, { "errmsg", Message }, { "code", (int)code }, { "codeName", code.ToString() } };
        return details is null ? reply : reply.Merge(details);
    }

    /// <summary>One write of many has failed: <c>{ index: 3, code: 11000, errmsg: "E11000 …", keyPattern: …, keyValue: … }</c>.</summary>
    public BsonDocument ToWriteError(int index)
    {
        var error = new BsonDocument { { "index", index }, { "code", (int)code }, { "errmsg", Message } };
        return details is null ? error : error.Merge(details);
    }

    public static CommandException DuplicateKey(string collection, string index, BsonDocument keyPattern, BsonDocument keyValue) =>
        new(
            ErrorCode.DuplicateKey,
            $"E11000 duplicate key error collection: {collection} index: {index} dup key: {keyValue}",
            new BsonDocument { { "keyPattern", keyPattern }, { "keyValue", keyValue } });
}

using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace Fintech.Embedded.Mongo.Wire;

internal static class ReplyWriter
{
    private const byte BodySection = 0;

    /// <summary>
    /// Before an OP_REPLY's document stand flags (8: await capable), cursor (int64), first position and count of documents;
    /// before an OP_MSG's, flags and the kind of section.
    /// </summary>
    private static readonly byte[] OpReplyPrefix = [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    private static readonly byte[] OpMsgPrefix = [0, 0, 0, 0, BodySection];

    public static ReadOnlyMemory<byte> Write(Request request, BsonDocument body)
    {
        var stream = new MemoryStream();
        stream.SetLength(MessageHeader.Size);
        stream.Position = MessageHeader.Size;
        stream.Write(request.OpCode == OpCode.Msg ? OpMsgPrefix : OpReplyPrefix);

        using (var writer = new BsonBinaryWriter(stream))
            BsonDocumentSerializer.Instance.Serialize(BsonSerializationContext.CreateRoot(writer), body);

        var message = stream.GetBuffer().AsMemory(0, (int)stream.Length);
        var opCode = request.OpCode == OpCode.Msg ? OpCode.Msg : OpCode.Reply;
        new MessageHeader(message.Length, RequestId: 0, ResponseTo: request.Id, opCode).Write(message.Span);
        return message;
    }
}

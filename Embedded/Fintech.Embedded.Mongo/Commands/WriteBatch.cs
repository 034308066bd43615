using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>The statements of one write command, and what became of them.</summary>
internal sealed class WriteBatch(CommandContext context, string argument, Store store)
{
    /// <summary>A long batch waits for the disk now and then, so that what waits to be written stays small.</summary>
    private const long MostUnwritten = 4 << 20;

    private readonly BsonArray _errors = [];

    /// <summary>The documents that statements have met: the <c>n</c> of the answer.</summary>
    public int Matched { get; set; }

    /// <summary>Bytes given to the journal since the disk was last waited for.</summary>
    public long Written { get; set; }

    /// <summary>In order (the default) the first error ends the batch; otherwise the others are tried all the same.</summary>
    public async Task<BsonDocument> RunAsync(Action<BsonDocument, int> statement, CancellationToken cancellationToken)
    {
        var statements = context.Documents(argument);
        if (statements.Count is 0 or > Limits.WriteBatch)
            throw new CommandException(ErrorCode.InvalidLength, $"Write batch sizes must be between 1 and {Limits.WriteBatch}. Got {statements.Count} operations.");

        var ordered = context.Arguments.Flag("ordered", otherwise: true);

        for (var index = 0; index < statements.Count && !(ordered && _errors.Count > 0); index++)
        {
            try
            {
                statement(StoredDocument.Unfold(statements[index]), index);
            }
            catch (CommandException e)
            {
                _errors.Add(e.ToWriteError(index));
            }

            if (Written > MostUnwritten)
            {
                await store.WhenDurable().WaitAsync(cancellationToken);
                Written = 0;
            }
        }

        await store.WhenDurable().WaitAsync(cancellationToken);

        var answer = new BsonDocument("n", Matched);
        if (_errors.Count > 0)
            answer.Add("writeErrors", _errors);

        return answer;
    }
}

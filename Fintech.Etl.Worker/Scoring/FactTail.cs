using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>Which facts of a stream memory has yet to learn.</summary>
/// <param name="ReceivedFrom">UTC; none of them was received before.</param>
/// <param name="After">The newest entry that is known.</param>
internal sealed record TailRange(string Stream, DateTime ReceivedFrom, EntryId After, EntryId UpTo);

internal readonly record struct TailFact(EntryId Entry, ScoringInput Input);

/// <summary>
/// What streams made facts lately. A worker that takes over loads the memory of all its partitions at once, and facts lie by the hash
/// of their ids: each partition would read the whole tail for its own part of it. So those that ask while another one reads share the next reading.
/// </summary>
internal sealed class FactTail : IDisposable
{
    private const int TimeoutSeconds = 600;

    private readonly SemaphoreSlim turn = new(1);
    private readonly List<Asked> waiting = [];

    /// <param name="connection">Of the caller, and not in a transaction: one of those that wait at once is used for all.</param>
    /// <returns>In the order of their entries, as of a moment after the call.</returns>
    public async Task<IReadOnlyList<TailFact>> ReadAsync(NpgsqlConnection connection, TailRange range, CancellationToken cancellationToken)
    {
        var asked = new Asked(range);
        lock (waiting)
            waiting.Add(asked);
        try
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                // One whose turn it was before may have read for this one too; where it failed, this one reads for those still waiting.
                return asked.Facts ?? await ReadWaitingAsync(connection, asked, cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }
        finally
        {
            lock (waiting)
                waiting.Remove(asked);
        }
    }

    /// <summary>
    /// A stream that began anew goes on above the old one, since ids are times; one whose server's clock went back as well could not
    /// be told from the old one here.
    /// </summary>
    /// <param name="connection">In a transaction.</param>
    /// <returns>By range, each in the order of its entries.</returns>
    public static async Task<IReadOnlyList<IReadOnlyList<TailFact>>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<TailRange> ranges, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // Without statistics, as in a new warehouse, a third of the facts is expected, and all of them would be read.
                new("set local enable_seqscan = off"),
                new(Sql.Read("Scoring/Sql/replay.sql"))
                {
                    Parameters =
                    {
                        new() { Value = ranges.Min(range => range.ReceivedFrom), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                        new() { Value = ranges.Select(range => range.Stream).ToArray() },
                        new() { Value = ranges.Select(range => range.ReceivedFrom).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                    },
                },
            },
            Timeout = TimeoutSeconds,
        };
        var facts = ranges.Select(_ => new List<TailFact>()).ToList();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var number = reader.GetInt32(0) - 1;
            var entry = EntryId.Parse(reader.GetString(1));
            if (entry > ranges[number].After && !(entry > ranges[number].UpTo))
                facts[number].Add(new(entry, FactReader.Input(reader, 2)));
        }

        foreach (var found in facts)
            found.Sort((left, right) => left.Entry.CompareTo(right.Entry));
        return facts;
    }

    public void Dispose() => turn.Dispose();

    private async Task<IReadOnlyList<TailFact>> ReadWaitingAsync(NpgsqlConnection connection, Asked own, CancellationToken cancellationToken)
    {
        List<Asked> all;
        lock (waiting)
            all = [own, .. waiting.Where(other => other.Facts is null && other.Range.Stream != own.Range.Stream).DistinctBy(other => other.Range.Stream)];
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var facts = await ReadAsync(connection, all.ConvertAll(asked => asked.Range), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        for (var i = 0; i < all.Count; i++)
            all[i].Facts = facts[i];
        return facts[0];
    }

    private sealed class Asked(TailRange range)
    {
        public TailRange Range { get; } = range;

        /// <summary>Null until somebody read them; written and read by those whose turn it is.</summary>
        public IReadOnlyList<TailFact>? Facts { get; set; }
    }
}

using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Etl.Worker.Webhooks;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>A new fact with what scoring says of it.</summary>
internal sealed record ScoredTransaction(ClaimedTransaction Row, Alert? Alert);

/// <summary>
/// The one transaction in which a batch becomes facts, alerts, aggregates, rejections and a moved checkpoint: all or nothing.
/// A few round trips, whatever the size of the batch; statements stay prepared on the partition's connection.
/// </summary>
internal sealed class BatchTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, int partition, long loadId)
    : IAsyncDisposable
{
    /// <summary>
    /// A batch takes milliseconds: one that stands still for seconds is of a worker that is cut off or hangs, and must not keep the
    /// checkpoint from its successor. The pool takes the setting back when the connection is returned.
    /// </summary>
    public static async Task<NpgsqlConnection> OpenConnectionAsync(NpgsqlDataSource warehouse, CancellationToken cancellationToken)
    {
        var opened = await warehouse.OpenConnectionAsync(cancellationToken);
        try
        {
            await WriterPatience.OfBatchesAsync(opened, cancellationToken);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public static async Task<BatchTransaction> BeginAsync(
        NpgsqlConnection connection, int partition, long loadId, CancellationToken cancellationToken) =>
        new(connection, await connection.BeginTransactionAsync(cancellationToken), partition, loadId);

    /// <summary>The first statement of the transaction: who does not pass it has written nothing.</summary>
    /// <returns>The checkpoint as it will be, and the generation of the members that are current now.</returns>
    /// <exception cref="FencedException">Another owner moved the checkpoint meanwhile, or a customer was erased.</exception>
    public async Task<(Checkpoint Next, long MemberGeneration)> FenceAsync(
        Checkpoint from, MicroBatch entries, long erasedGeneration, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { Predecessor.Announce(partition), from.Advance(entries.To, entries.Count, erasedGeneration) },
            Timeout = WriterPatience.Seconds,
        };
        await batch.PrepareAsync(cancellationToken);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (new Checkpoint(from.Stream, entries.To, reader.GetInt64(0)), reader.GetInt64(1))
            : throw new FencedException(from);
    }

    /// <summary>Claims all keys at once, with members of the generation that the fence has just confirmed.</summary>
    /// <exception cref="PostgresException">A key is known; the transaction has failed.</exception>
    public Task CopyAsync(string stream, IReadOnlyList<ClaimedTransaction> rows, CancellationToken cancellationToken) =>
        rows.Count > 0 ? FactCopy.WriteAsync(connection, rows, stream, loadId, cancellationToken) : Task.CompletedTask;

    /// <summary>Claims those keys of the batch that the warehouse does not know.</summary>
    /// <returns>The rows that are new to it.</returns>
    public async Task<List<ClaimedTransaction>> InsertAsync(string stream, MicroBatch entries, CancellationToken cancellationToken)
    {
        var claimed = new List<ClaimedTransaction>(entries.Firsts.Count);
        await using (var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { ClaimCommand([.. entries.Firsts.Values], stream) } })
        {
            await batch.PrepareAsync(cancellationToken);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var key = new TransactionKey(reader.GetString(0), reader.GetString(1));
                claimed.Add(new(entries.Firsts[key], reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4)));
            }
        }

        claimed.Sort((left, right) => left.Event.Entry.CompareTo(right.Event.Entry));    // They come in the order of their keys.
        return claimed;
    }

    /// <returns>What the warehouse holds under the keys that were not claimed.</returns>
    public async Task<Dictionary<TransactionKey, TransactionContent>> ReadKnownAsync(
        MicroBatch entries, List<ClaimedTransaction> claimed, CancellationToken cancellationToken)
    {
        var known = new Dictionary<TransactionKey, TransactionContent>();
        if (claimed.Count == entries.Firsts.Count)
            return known;

        var wanted = entries.Firsts.Keys.Except(claimed.Select(row => row.Event.Key)).ToList();
        await using var command = new NpgsqlCommand(Sql.Read("Streaming/Sql/known_transactions.sql"), connection, transaction);
        command.Parameters.Add(Column(wanted, NpgsqlDbType.Text, key => key.TransactionId));
        command.Parameters.Add(Column(wanted, NpgsqlDbType.Text, key => key.SourceSystem));
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(
                new(reader.GetString(0), reader.GetString(1)),
                new(reader.IsDBNull(2) ? null : reader.GetInt64(2), reader.GetString(3), reader.GetString(4),
                    reader.GetDateTime(5), reader.GetDecimal(6), reader.GetString(7)));
        }

        return known;
    }

    public async Task RecordAsync(
        string stream,
        IReadOnlyList<ScoredTransaction> scored,
        IReadOnlyList<RejectedEntry> rejected,
        int ruleSetVersion,
        NpgsqlBatchCommand? ruleCounts,
        DateTimeOffset scoredAt,
        DateTimeOffset committedAt,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (scored.Count > 0)
        {
            var categories = MinuteTotal.ByCategory(scored);
            batch.BatchCommands.Add(CategoryCommand(categories));
            batch.BatchCommands.Add(TotalCommand(MinuteTotal.Over(categories)));
            batch.BatchCommands.Add(MarkCommand(scored));
        }

        var alerts = scored.Where(row => row.Alert is not null).ToList();
        if (alerts.Count > 0)
        {
            batch.BatchCommands.Add(AlertCommand(alerts, ruleSetVersion, scoredAt, committedAt));
            batch.BatchCommands.Add(Outbox.Enqueue(alerts.Select(row => row.Row.Event.Key)));
        }

        if (ruleCounts is not null)
            batch.BatchCommands.Add(ruleCounts);
        if (rejected.Count > 0)
            batch.BatchCommands.Add(RejectedCommand(stream, rejected));
        if (batch.BatchCommands.Count == 0)
            return;

        await batch.PrepareAsync(cancellationToken);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    /// <summary>Rolls back what was not committed.</summary>
    public ValueTask DisposeAsync() => transaction.DisposeAsync();

    private NpgsqlBatchCommand ClaimCommand(IReadOnlyList<IncomingTransaction> rows, string stream) =>
        new(Sql.Read("Streaming/Sql/claim_transactions.sql"))
        {
            Parameters =
            {
                Column(rows, NpgsqlDbType.Text, row => row.Key.TransactionId),
                Column(rows, NpgsqlDbType.Text, row => row.Key.SourceSystem),
                Column(rows, NpgsqlDbType.Text, row => row.Content.Type),
                Column(rows, NpgsqlDbType.Bigint, row => row.CustomerId),
                Column(rows, NpgsqlDbType.Text, row => row.Content.MerchantName),
                Column(rows, NpgsqlDbType.TimestampTz, row => row.Content.OccurredAt),
                Column(rows, NpgsqlDbType.TimestampTz, row => row.ReceivedAt),
                Column(rows, NpgsqlDbType.Numeric, row => row.Content.Amount),
                Column(rows, NpgsqlDbType.Text, row => row.Content.Currency),
                Column(rows, NpgsqlDbType.Text, row => row.TerminalId),
                Column(rows, NpgsqlDbType.Text, row => $"{stream}/{row.Entry}"),
                Single(loadId, NpgsqlDbType.Bigint),
            },
        };

    private NpgsqlBatchCommand CategoryCommand(IReadOnlyList<MinuteTotal> totals) => new(Sql.Read("Streaming/Sql/add_category_minutes.sql"))
    {
        Parameters =
        {
            Column(totals, NpgsqlDbType.TimestampTz, total => total.Minute),
            Column(totals, NpgsqlDbType.Text, total => total.Category),
            Column(totals, NpgsqlDbType.Text, total => total.Currency),
            Column(totals, NpgsqlDbType.Bigint, total => total.Transactions),
            Column(totals, NpgsqlDbType.Numeric, total => total.Amount),
            Single((short)partition, NpgsqlDbType.Smallint),
        },
    };

    private NpgsqlBatchCommand TotalCommand(IReadOnlyList<MinuteTotal> totals) => new(Sql.Read("Streaming/Sql/add_total_minutes.sql"))
    {
        Parameters =
        {
            Column(totals, NpgsqlDbType.TimestampTz, total => total.Minute),
            Column(totals, NpgsqlDbType.Text, total => total.Currency),
            Column(totals, NpgsqlDbType.Bigint, total => total.Transactions),
            Column(totals, NpgsqlDbType.Numeric, total => total.Amount),
            Column(totals, NpgsqlDbType.Bigint, total => total.Alerts),
            Single((short)partition, NpgsqlDbType.Smallint),
        },
    };

    private NpgsqlBatchCommand MarkCommand(IEnumerable<ScoredTransaction> scored) => new(Sql.Read("Streaming/Sql/mark_history.sql"))
    {
        Parameters =
        {
            Column([.. scored.Select(row => DateOnly.FromDateTime(row.Row.Event.Content.OccurredAt)).Distinct().Order()], NpgsqlDbType.Date, day => day),
            Single((short)partition, NpgsqlDbType.Smallint),
        },
    };

    private NpgsqlBatchCommand AlertCommand(
        IReadOnlyList<ScoredTransaction> alerts, int ruleSetVersion, DateTimeOffset scoredAt, DateTimeOffset committedAt) =>
        new(Sql.Read("Streaming/Sql/insert_alerts.sql"))
        {
            Parameters =
            {
                Column(alerts, NpgsqlDbType.Text, row => row.Row.Event.Key.TransactionId),
                Column(alerts, NpgsqlDbType.Text, row => row.Row.Event.Key.SourceSystem),
                Column(alerts, NpgsqlDbType.Bigint, row => row.Row.CustomerKey),
                Column(alerts, NpgsqlDbType.Bigint, row => row.Row.MerchantKey),
                Column(alerts, NpgsqlDbType.Numeric, row => row.Row.Event.Content.Amount),
                Column(alerts, NpgsqlDbType.Text, row => row.Row.Event.Content.Currency),
                Column(alerts, NpgsqlDbType.Text, row => row.Alert!.Severity),
                Column(alerts, NpgsqlDbType.Smallint, row => (short)row.Alert!.Score),
                Column(alerts, NpgsqlDbType.Text, row => row.Alert!.HitsJson()),
                Column(alerts, NpgsqlDbType.TimestampTz, row => row.Row.Event.Content.OccurredAt),
                Column(alerts, NpgsqlDbType.TimestampTz, row => row.Row.Event.ReceivedAt),
                Column(alerts, NpgsqlDbType.Text, row => row.Row.Event.Parent?.TraceId.ToHexString()),
                Single(ruleSetVersion, NpgsqlDbType.Integer),
                Single(scoredAt.UtcDateTime, NpgsqlDbType.TimestampTz),
                Single(committedAt.UtcDateTime, NpgsqlDbType.TimestampTz),
                Single(loadId, NpgsqlDbType.Bigint),
            },
        };

    private NpgsqlBatchCommand RejectedCommand(string stream, IReadOnlyList<RejectedEntry> rejected) =>
        new(Sql.Read("Streaming/Sql/insert_rejected.sql"))
        {
            Parameters =
            {
                Column(rejected, NpgsqlDbType.Text, row => row.SourceSystem),
                Column(rejected, NpgsqlDbType.Text, row => row.RecordKey),
                Column(rejected, NpgsqlDbType.Text, row => row.Check),
                Column(rejected, NpgsqlDbType.Text, row => row.Reason),
                Column(rejected, NpgsqlDbType.Numeric, row => row.Amount),
                Column(rejected, NpgsqlDbType.Text, row => row.Payload),
                Column(rejected, NpgsqlDbType.Bytea, row => row.Sealed),
                Column(rejected, NpgsqlDbType.Bytea, row => row.ContentHash),
                Single(loadId, NpgsqlDbType.Bigint),
                Single(stream, NpgsqlDbType.Text),
            },
        };

    /// <summary>One column of many rows, for <c>unnest</c>.</summary>
    private static NpgsqlParameter<TValue[]> Column<TRow, TValue>(IReadOnlyList<TRow> rows, NpgsqlDbType type, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(rows[i]);
        return new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    private static NpgsqlParameter<T> Single<T>(T value, NpgsqlDbType type) => new() { TypedValue = value, NpgsqlDbType = type };
}

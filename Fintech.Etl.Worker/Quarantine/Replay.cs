using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Streaming;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>One pass of a replay.</summary>
/// <param name="Ids">Numbers of the rejected rows it takes.</param>
internal sealed record ReplayBatch(string SourceSystem, string Currency, long[] Ids);

/// <param name="Refused">By why (<c>merchant</c>, <c>sealed</c> or <c>conflict</c>), the rows that no replay can take.</param>
internal sealed record ReplayPlan(IReadOnlyList<ReplayBatch> Batches, IReadOnlyDictionary<string, long[]> Refused)
{
    public long Rows => Batches.Sum(batch => batch.Ids.LongLength);

    public static string Sentence(string why, int rows) => why switch
    {
        "merchant" => $"{Count(rows)} of MongoDB cannot be replayed: every pass reads the collection again, so correct the document there and discard the row.",
        "sealed" => $"{Count(rows)} could not be read, so cannot be replayed: give the event anew with: rejected fix <id> --event JSON.",
        _ => $"{Count(rows)} in conflict cannot be replayed: the transaction is known with other content, which is never overwritten. Discard them, or fix them to what is known.",
    };

    private static string Count(int rows) => rows == 1 ? "1 row" : $"{rows:N0} rows";
}

/// <summary>
/// Takes open rows of the quarantine through the checks again, and those that pass into the facts: batch passes of their own,
/// with lock, run, checks and books, one transaction each.
/// </summary>
internal sealed class Replay(NpgsqlDataSource warehouse, BatchPass passes, IOptions<BatchOptions> batch, IOptions<StreamOptions> stream)
{
    public async Task<ReplayPlan> PlanAsync(RejectedFilter filter, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Warehouse.Sql.Read("Quarantine/Sql/replay_plan.sql"));
        command.CommandTimeout = BatchSql.TimeoutSeconds;
        filter.AddTo(command.Parameters);
        command.Parameters.Add(new NpgsqlParameter("stream_currency", stream.Value.Currency));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var batches = new List<ReplayBatch>();
        var refused = new Dictionary<string, long[]>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            var ids = await reader.GetFieldValueAsync<long[]>(3, cancellationToken);
            if (reader.IsDBNull(0))
                batches.Add(new ReplayBatch(reader.GetString(1), reader.GetString(2), ids));
            else
                refused.Add(reader.GetString(0), ids);
        }

        return new ReplayPlan(batches, refused);
    }

    /// <exception cref="BatchBusyException">Another pass holds this warehouse.</exception>
    /// <exception cref="BatchException">The pass failed and left everything as it was.</exception>
    public Task<PassReport> RunAsync(ReplayBatch replay, string actor, PassReport report, CancellationToken cancellationToken)
    {
        // What is in the quarantine has its time in UTC already.
        var options = batch.Value with { SourceSystem = replay.SourceSystem, Currency = replay.Currency, SourceTimeZone = "UTC" };
        return passes.RunAsync(
            new BatchRequest { Trigger = "replay", Replay = true }, options, report,
            (connection, pass, token) => new ReplaySteps(connection, pass, report, replay.Ids, stream.Value, actor).RunAsync(token),
            cancellationToken);
    }
}

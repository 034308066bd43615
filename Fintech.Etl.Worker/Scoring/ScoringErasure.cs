using Fintech.Etl.Worker.Scoring.State;
using Npgsql;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// Takes a customer out of what scoring keeps, in the transaction of the erasure: memory is dropped, snoozes go to the alias.
/// Workers that still have the person in memory can neither commit nor save it: both are fenced by the erasure's number.
/// </summary>
internal static class ScoringErasure
{
    /// <returns>Streams that remembered the customer.</returns>
    public static async Task<long> EraseAsync(NpgsqlConnection connection, long customerId, long alias, CancellationToken cancellationToken)
    {
        await using (var snoozes = new NpgsqlCommand("update etl.rule_snooze set customer_id = $2 where customer_id = $1", connection))
        {
            snoozes.Parameters.Add(new() { Value = customerId });
            snoozes.Parameters.Add(new() { Value = alias });
            await snoozes.ExecuteNonQueryAsync(cancellationToken);
        }

        // The customer's stream is known, but not how many streams there were when it was written: all are looked through.
        var number = (short)ScoringState.BlockOf(customerId);
        var blocks = new List<(string Stream, StateBlock Block)>();
        await using (var find = new NpgsqlCommand(
            "select b.stream, b.content from etl.scoring_block b join etl.scoring_snapshot s using (stream) where b.block = $1 and s.format = $2 for update of b", connection))
        {
            find.Parameters.Add(new() { Value = number });
            find.Parameters.Add(new() { Value = ScoringState.Format });
            await using var reader = await find.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                blocks.Add((reader.GetString(0), StateBlock.Decode(reader.GetFieldValue<byte[]>(1))));
        }

        // Of a format no longer read nothing can be taken out; nothing is ever loaded from it either.
        await using (var outdated = new NpgsqlCommand(
            "delete from etl.scoring_block b using etl.scoring_snapshot s where s.stream = b.stream and s.format <> $1", connection))
        {
            outdated.Parameters.Add(new() { Value = ScoringState.Format });
            await outdated.ExecuteNonQueryAsync(cancellationToken);
        }

        var changed = 0L;
        foreach (var (stream, block) in blocks.Where(found => found.Block.Remove(customerId)))
        {
            await using var update = new NpgsqlCommand("update etl.scoring_block set content = $3 where stream = $1 and block = $2", connection);
            update.Parameters.Add(new() { Value = stream });
            update.Parameters.Add(new() { Value = number });
            update.Parameters.Add(new() { Value = block.Encode() });
            changed += await update.ExecuteNonQueryAsync(cancellationToken);
        }

        return changed;
    }
}

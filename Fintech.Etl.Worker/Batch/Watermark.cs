using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Batch;

/// <summary>How far the source has been read, and which ids below that were not there.</summary>
internal sealed record Watermark(long? LastId, IReadOnlyList<Gap> Gaps)
{
    private const string Entity = "transactions";

    public static async Task<Watermark> ReadAsync(NpgsqlConnection warehouse, string sourceSystem, CancellationToken cancellationToken)
    {
        // Upper bounds of a stored range are exclusive.
        await using var command = new NpgsqlCommand("""
            select last_id from etl.watermark where source_system = @source_system and entity = @entity;
            select lower(ids), upper(ids) - 1, noticed_at from etl.watermark_gap
            where source_system = @source_system and entity = @entity order by ids
            """, warehouse)
        {
            Parameters = { new("source_system", sourceSystem), new("entity", Entity) },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        long? lastId = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : null;
        await reader.NextResultAsync(cancellationToken);
        var gaps = new List<Gap>();
        while (await reader.ReadAsync(cancellationToken))
            gaps.Add(new Gap(reader.GetInt64(0), reader.GetInt64(1), reader.GetDateTime(2)));
        return new Watermark(lastId, gaps);
    }

    /// <summary>
    /// Moves the watermark in the transaction that writes the rows it stands for, and only from where this pass found it:
    /// should another one have been faster, all of this one is rolled back.
    /// </summary>
    public async Task MoveAsync(NpgsqlConnection warehouse, PassContext pass, GapTracker tracker, CancellationToken cancellationToken)
    {
        var gaps = tracker.Complete(pass.Options.GapRetention);
        if (tracker.LastId is not { } lastId)
            return;     // The source never had a row.

        await using var move = new NpgsqlCommand(LastId is null
            ? """
              insert into etl.watermark (source_system, entity, last_id, newest_event)
              values (@source_system, @entity, @last_id, (select max(minute) from loaded_minute)) on conflict do nothing
              """
            : """
              update etl.watermark set last_id = @last_id, updated_at = clock_timestamp(),
                                       newest_event = greatest(newest_event, (select max(minute) from loaded_minute))
              where source_system = @source_system and entity = @entity and last_id = @expected
              """, warehouse)
        {
            Parameters =
            {
                new("source_system", pass.Options.SourceSystem), new("entity", Entity),
                new("last_id", lastId), new("expected", LastId ?? GapTracker.LowestId),
            },
        };
        if (await move.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw new BatchException(
                $"The watermark of {pass.Options.SourceSystem} is no longer at {LastId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "its start"}: another pass was faster.");

        if (!gaps.SequenceEqual(Gaps))
            await RememberAsync(warehouse, pass, gaps, cancellationToken);
    }

    private static async Task RememberAsync(
        NpgsqlConnection warehouse, PassContext pass, IReadOnlyList<Gap> gaps, CancellationToken cancellationToken)
    {
        await using var replace = new NpgsqlCommand("""
            delete from etl.watermark_gap where source_system = @source_system and entity = @entity;
            insert into etl.watermark_gap (source_system, entity, ids, noticed_at)
            select @source_system, @entity, int8range(low, high, '[]'), noticed_at
            from unnest(@lows, @highs, @noticed) as gap (low, high, noticed_at)
            """, warehouse)
        {
            Parameters =
            {
                new("source_system", pass.Options.SourceSystem),
                new("entity", Entity),
                new("lows", gaps.Select(gap => gap.Low).ToArray()),
                new("highs", gaps.Select(gap => gap.High).ToArray()),
                new("noticed", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz) { Value = gaps.Select(gap => gap.NoticedAt).ToArray() },
            },
        };
        await replace.ExecuteNonQueryAsync(cancellationToken);
    }
}

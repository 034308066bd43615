using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Pipeline;

/// <summary>The quarantine through <c>etl.quarantine_row</c>, which has nothing that is sealed.</summary>
internal sealed class QuarantineReader(NpgsqlDataSource warehouse)
{
    /// <summary>Every open row is counted, which is worth less hurry than the rest.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly Shared<List<QuarantineGroup>> groups = new(Fresh);

    public async Task<IReadOnlyList<QuarantineGroup>> GroupsAsync(CancellationToken cancellationToken) => await groups.GetAsync(ReadGroupsAsync, cancellationToken);

    public async Task<RejectedPage> ListAsync(
        string? status, string? check, string? origin, string? key, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("Pipeline/quarantine_rows.sql"));
        foreach (var text in (string?[])[status, check, origin, key])
            command.Parameters.Add(Rows.Optional(text));
        command.Parameters.Add(Rows.Optional(before));
        command.Parameters.Add(new() { Value = (long)limit, NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = await reader.RowsAsync(Row, cancellationToken);
        return new(rows, rows.Count == limit ? rows[^1].Id : null);
    }

    /// <returns>Null where there is no such row.</returns>
    public async Task<RejectedDetail?> GetAsync(long id, bool withContents, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand("""
            select rejected_id, run_id, origin, source_system, record_key, check_name, reason, amount, status, rejected_at, fixed_at, sealed_bytes, decided_at,
                   replay_run_id, case when $2 then payload::text end, case when $2 then fixed_payload::text end
            from etl.quarantine_row where rejected_id = $1
            """);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = withContents });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = await reader.RowsAsync(row => new RejectedDetail(
            Row(row), row.Text(14) is { } payload ? PipelineReader.Json(payload) : null, row.Text(15) is { } fix ? PipelineReader.Json(fix) : null, !withContents),
            cancellationToken);
        return found.SingleOrDefault();
    }

    private async Task<List<QuarantineGroup>> ReadGroupsAsync(CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("Pipeline/quarantine_groups.sql"));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.RowsAsync(row => new QuarantineGroup(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetDecimal(3), row.Time(4), row.Time(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8)), cancellationToken);
    }

    private static RejectedRow Row(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6),
        row.IsDBNull(7) ? null : row.GetDecimal(7), row.GetString(8), row.Time(9), row.TimeOrNull(10), row.IsDBNull(11) ? null : row.GetInt32(11),
        row.TimeOrNull(12), row.IsDBNull(13) ? null : row.GetInt64(13));
}

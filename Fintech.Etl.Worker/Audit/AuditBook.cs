using System.Text.Json;
using System.Text.Json.Serialization;
using Fintech.Etl.Worker.Batch;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Audit;

/// <summary>What is kept of an audit: a row of <c>etl.audit</c> for each, and the newest of each source in <c>etl.source_audit</c>.</summary>
internal static class AuditBook
{
    public static async Task RecordAsync(
        NpgsqlConnection warehouse, PassContext pass, AuditRequest request, AuditReport report, CancellationToken cancellationToken)
    {
        await using var command = BatchSql.CommandOf(warehouse, """
            insert into etl.audit (actor, action, subject, detail)
            values (@actor, case when @repaired then 'audit.repair' else 'audit' end, @source_system, @detail);

            insert into etl.source_audit (source_system, audited_at, source_rows, source_amount, warehouse_rows, warehouse_amount,
                                          rows_changed, rows_deleted, rows_missing, repaired)
            values (@source_system, @started_at, @source_rows, @source_amount, @warehouse_rows, @warehouse_amount, @changed, @deleted, @missing, @repaired)
            on conflict (source_system) do update
                set audited_at = excluded.audited_at, source_rows = excluded.source_rows, source_amount = excluded.source_amount,
                    warehouse_rows = excluded.warehouse_rows, warehouse_amount = excluded.warehouse_amount, rows_changed = excluded.rows_changed,
                    rows_deleted = excluded.rows_deleted, rows_missing = excluded.rows_missing, repaired = excluded.repaired
            """, pass);
        command.Parameters.AddRange((NpgsqlParameter[])[
            new NpgsqlParameter("actor", request.Actor),
            new NpgsqlParameter("detail", NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(report, AuditJson.Default.AuditReport) },
            new NpgsqlParameter("source_rows", report.Source.Rows), new NpgsqlParameter("source_amount", report.Source.Amount),
            new NpgsqlParameter("warehouse_rows", report.Warehouse.Rows), new NpgsqlParameter("warehouse_amount", report.Warehouse.Amount),
            new NpgsqlParameter("changed", report.Rows(Difference.Changed)), new NpgsqlParameter("deleted", report.Rows(Difference.Deleted)),
            new NpgsqlParameter("missing", report.Rows(Difference.Missing)), new NpgsqlParameter("repaired", report.Repair is not null),
        ]);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditReport))]
internal sealed partial class AuditJson : JsonSerializerContext;

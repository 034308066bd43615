using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Pipeline;

/// <summary>Versions of the rule set, and what each rule did.</summary>
internal sealed class RulesReader(NpgsqlDataSource warehouse, TimeProvider time)
{
    private const int DaysShown = 14;

    public async Task<RuleSetHead?> HeadAsync(CancellationToken cancellationToken) =>
        await VersionsAsync(null, 1, cancellationToken) is [var newest] ? Head(newest) : null;

    /// <param name="before">Only versions below it.</param>
    public async Task<Rules> ReadAsync(int? before, int limit, CancellationToken cancellationToken)
    {
        var versions = await VersionsAsync(before, limit, cancellationToken);
        await using var counts = warehouse.CreateCommand(Sql.Read("Pipeline/rule_counts.sql"));
        counts.Parameters.Add(new() { Value = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-DaysShown) });
        await using var reader = await counts.ExecuteReaderAsync(cancellationToken);
        var days = await reader.RowsAsync(row => new RuleDay(
            row.GetString(0), row.GetFieldValue<DateOnly>(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)), cancellationToken);
        return new(versions, versions.Count == limit && versions[^1].Version > 1 ? versions[^1].Version : null, days);
    }

    private async Task<List<RuleSetVersion>> VersionsAsync(int? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand("""
            select version, created_at, created_by, because, based_on, rules::text from etl.rule_set
            where $1::integer is null or version < $1
            order by version desc limit $2
            """);
        command.Parameters.Add(new() { Value = (object?)before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new() { Value = (long)limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.RowsAsync(row => new RuleSetVersion(
            row.GetInt32(0), row.Time(1), row.GetString(2), row.Text(3), row.IsDBNull(4) ? null : row.GetInt32(4), PipelineReader.Json(row.GetString(5))), cancellationToken);
    }

    /// <summary>What was written by SQL may be anything: of what is no rule nothing is counted.</summary>
    private static RuleSetHead Head(RuleSetVersion version)
    {
        var rules = version.Rules.ValueKind == JsonValueKind.Array ? version.Rules.EnumerateArray().Where(rule => rule.ValueKind == JsonValueKind.Object).ToList() : [];
        var enabled = rules.Where(rule => !Is(rule, "enabled", JsonValueKind.False)).ToList();
        var shadow = enabled.Count(rule => Is(rule, "shadow", JsonValueKind.True));
        return new(version.Version, version.At, version.By, enabled.Count - shadow, shadow, rules.Count - enabled.Count);
    }

    private static bool Is(JsonElement rule, string field, JsonValueKind kind) => rule.TryGetProperty(field, out var value) && value.ValueKind == kind;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Commands;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Scoring;

/// <param name="Rules">JSON, as it was written.</param>
internal sealed record RuleSetVersion(int Version, string Rules, DateTime CreatedAt, string CreatedBy, string? Because);

/// <summary>Reads versions of <c>etl.rule_set</c> and appends to it: what cannot be used never becomes a version.</summary>
internal sealed class RuleSetBook(NpgsqlDataSource warehouse)
{
    private const int LongestReason = 500;

    /// <param name="version">Null: the newest.</param>
    /// <exception cref="RuleSetException">There is no such version.</exception>
    public async Task<RuleSetVersion> GetAsync(int? version, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, version, cancellationToken)
            ?? throw new RuleSetException(version is null ? "There is no rule set yet: a worker writes the first one when it starts." : $"There is no rule set {version}.");
    }

    /// <summary>Appends a version, which every worker has within two seconds.</summary>
    /// <param name="basedOn">The version that was changed. Where it is no longer the newest, somebody else was faster, and is not overwritten.</param>
    /// <exception cref="RuleSetException">The rules cannot be used, or are those of now, or there is a newer version.</exception>
    public async Task<int> SetAsync(int basedOn, string rules, string? because, string actor, CancellationToken cancellationToken)
    {
        var ruleSet = RuleDraft.Parse(rules);
        if (because?.Length > LongestReason)
            throw new RuleSetException($"because has {because.Length} characters; {LongestReason} are the most.");

        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Two that change the same version: the second one sees that it is too late.
        await using (var alone = new NpgsqlCommand("lock table etl.rule_set in share row exclusive mode", connection))
            await alone.ExecuteNonQueryAsync(cancellationToken);
        var newest = await FindAsync(connection, null, cancellationToken) ?? throw new RuleSetException("There is no rule set yet: a worker writes the first one when it starts.");
        if (newest.Version != basedOn)
        {
            throw new RuleSetException(
                $"Rule set {newest.Version} was written by {newest.CreatedBy} at {newest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC, after version {basedOn}, which was changed here: look at it, and change that one.");
        }

        var json = RuleSet.ToJson(ruleSet.Rules);
        if (IsSame(newest, json))
            throw new RuleSetException($"These are the rules of version {newest.Version}: there is nothing to change.");

        var version = await AppendAsync(connection, json, basedOn, because, actor, cancellationToken);
        await AuditTrail.RecordAsync(connection, actor, "rules set", $"rule set {version}", new JsonObject
        {
            ["based_on"] = basedOn,
            ["because"] = because,
            ["rules"] = JsonNode.Parse(json),
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return version;
    }

    private static async Task<int> AppendAsync(
        NpgsqlConnection connection, string rules, int basedOn, string? because, string actor, CancellationToken cancellationToken)
    {
        await using var append = new NpgsqlCommand(
            "insert into etl.rule_set (rules, created_by, because, based_on) values ($1, $2, $3, $4) returning version", connection)
        {
            Parameters =
            {
                new() { Value = rules, NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = actor },
                new() { Value = string.IsNullOrWhiteSpace(because) ? DBNull.Value : because.Trim(), NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = basedOn },
            },
        };
        return (int)(await append.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Also where one of them leaves out what is the default. What cannot be read is not the same as what can.</summary>
    private static bool IsSame(RuleSetVersion version, string json)
    {
        try
        {
            return RuleSet.ToJson(RuleSet.Parse(version.Version, version.Rules).Rules) == json;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<RuleSetVersion?> FindAsync(NpgsqlConnection connection, int? version, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand("""
            select version, rules::text, created_at, created_by, because from etl.rule_set
            where @version::integer is null or version = @version
            order by version desc limit 1
            """, connection)
        {
            Parameters = { new("version", NpgsqlDbType.Integer) { Value = (object?)version ?? DBNull.Value } },
        };
        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetInt32(0), reader.GetString(1), reader.GetDateTime(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4))
            : null;
    }
}

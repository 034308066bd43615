using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Commands;

/// <summary>Silences a rule, or all of them, for one customer until a date, and ends that: rows of <c>etl.rule_snooze</c>, of which the newest counts.</summary>
internal sealed class SnoozeBook(NpgsqlDataSource warehouse, TimeProvider time)
{
    private const int LongestReason = 500;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public async Task<CommandAnswer> BeginAsync(SnoozeArguments asked, string actor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (asked.Until <= now || asked.Until > now + Longest)
            return CommandAnswer.Failed($"until must lie ahead, by at most {Longest.TotalDays:0} days.");
        return await WriteAsync(asked.CustomerId, asked.Rule, asked.Reason, asked.Until, actor, cancellationToken) is { } fault
            ? CommandAnswer.Failed(fault)
            : CommandAnswer.Done($"{Of(asked.Rule)} of this customer until {asked.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
    }

    public async Task<CommandAnswer> EndAsync(SnoozeEndArguments asked, string actor, CancellationToken cancellationToken)
    {
        if (!await IsSnoozedAsync(asked.CustomerId, asked.Rule, cancellationToken))
            return CommandAnswer.Failed("There is no such snooze in force.");
        return await WriteAsync(asked.CustomerId, asked.Rule, asked.Reason, null, actor, cancellationToken) is { } fault
            ? CommandAnswer.Failed(fault)
            : CommandAnswer.Done($"{(asked.Rule is null ? "All rules speak" : $"{asked.Rule} speaks")} of this customer again.");
    }

    private static string Of(string? rule) => rule is null ? "All rules keep quiet" : $"{rule} keeps quiet";

    /// <summary>The row and its audit together, which names the row and not the customer: the one follows an erasure, the other stays.</summary>
    /// <param name="until">Null: from now on no more.</param>
    /// <returns>What is wrong; null where it was written.</returns>
    private async Task<string?> WriteAsync(long customerId, string? rule, string reason, DateTimeOffset? until, string actor, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > LongestReason)
            return $"reason must say why, in at most {LongestReason} characters.";

        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var insert = new NpgsqlCommand("""
            insert into etl.rule_snooze (customer_id, rule, until, reason, created_by, created_at)
            select $1, $2, coalesce($3, clock.now), $4, $5, clock.now from (select clock_timestamp() as now) clock
            where exists (select from dw.dim_customer where customer_id = $1)
              and ($2::text is null or $3::timestamptz is null or exists (
                  select from etl.rule_set s cross join jsonb_array_elements(s.rules) r where coalesce(r ->> 'name', r ->> 'rule') = $2))
            returning snooze_id
            """, connection, transaction)
        {
            Parameters =
            {
                new() { Value = customerId },
                new() { Value = (object?)rule ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)until?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = reason },
                new() { Value = actor },
            },
        };
        if (await insert.ExecuteScalarAsync(cancellationToken) is not long id)
            return rule is null ? "There is no such customer." : $"There is no such customer, or no rule '{rule}'.";

        await AuditTrail.RecordAsync(
            connection, actor, until is null ? "snooze end" : "snooze", $"snooze {id}",
            new JsonObject { ["rule"] = rule, ["until"] = until?.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture), ["reason"] = reason },
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    private async Task<bool> IsSnoozedAsync(long customerId, string? rule, CancellationToken cancellationToken)
    {
        await using var look = warehouse.CreateCommand("""
            select until > clock_timestamp() from etl.rule_snooze where customer_id = $1 and rule is not distinct from $2 order by snooze_id desc limit 1
            """);
        look.Parameters.Add(new() { Value = customerId });
        look.Parameters.Add(new() { Value = (object?)rule ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await look.ExecuteScalarAsync(cancellationToken) is true;
    }
}

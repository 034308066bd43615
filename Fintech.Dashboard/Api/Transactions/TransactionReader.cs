using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Api.Transactions;

/// <summary>
/// Reads the list in stretches of time that grow fourfold, newest first, until a page is full: a page of the newest costs minutes of facts and
/// not all of them, and one of a customer seen last year is found within a dozen stretches, each row of which is looked at once.
/// </summary>
internal sealed class TransactionReader(NpgsqlDataSource warehouse, TimeProvider time)
{
    private const int Growth = 4;
    private static readonly TimeSpan FirstStretch = TimeSpan.FromMinutes(10);

    /// <summary>The warehouse takes in no earlier event, and none more than a day ahead.</summary>
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(2);

    public async Task<IReadOnlyList<TransactionRow>> ReadAsync(
        TransactionQuestion question, TransactionKey? after, int limit, CancellationToken cancellationToken)
    {
        var earliest = Max(question.From ?? Earliest, Earliest);
        var now = time.GetUtcNow();
        var to = Min(question.To ?? now + Ahead, after is null ? now + Ahead : after.OccurredAt.AddMicroseconds(1));
        var rows = new List<TransactionRow>();
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);

        // What lies ahead of now is little; the first stretch goes back from now.
        var stretch = FirstStretch;
        for (var from = Min(to, now) - stretch; rows.Count < limit && to > earliest; stretch *= Growth, from = Back(to, stretch))
        {
            from = Max(from, earliest);
            await AddAsync(connection, rows, question, after, from, to, limit - rows.Count, cancellationToken);
            to = from;
        }

        return rows;
    }

    private static async Task AddAsync(
        NpgsqlConnection connection, List<TransactionRow> rows, TransactionQuestion question, TransactionKey? after,
        DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Read("Api/Transactions/newest_transactions.sql"), connection)
        {
            Parameters =
            {
                new NpgsqlParameter<DateTime> { TypedValue = from.UtcDateTime },
                new NpgsqlParameter<DateTime> { TypedValue = to.UtcDateTime },
                new() { Value = (object?)after?.OccurredAt.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)after?.TransactionId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)after?.Source ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)question.Customer ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                new() { Value = (object?)question.Merchant ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter<int> { TypedValue = limit },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2),
                reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4),
                reader.GetDecimal(5), reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetString(7),
                reader.GetString(8), reader.GetString(9), reader.IsDBNull(10) ? null : reader.GetInt64(10),
                reader.GetBoolean(11) ? "stream" : "batch", reader.IsDBNull(12) ? null : reader.GetString(12)));
        }
    }

    private static DateTimeOffset Back(DateTimeOffset time, TimeSpan span) => time - Earliest < span ? Earliest : time - span;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

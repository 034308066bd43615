using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>What the chaos suite reads of a warehouse.</summary>
internal static class ChaosBooks
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>With score and all that each rule looked at.</summary>
    public static async Task<List<string>> AlertsAsync(NpgsqlDataSource books)
    {
        await using var command = books.CreateCommand("""
            select transaction_id || ': ' || score || ' ' || hits::text
            from dw.fact_fraud_alerts order by transaction_id, source_system
            """);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var alerts = new List<string>();
        while (await reader.ReadAsync(Token))
            alerts.Add(reader.GetString(0));
        return alerts;
    }

    public static async Task<List<(string Rule, long Alerts)>> FiredAsync(NpgsqlDataSource books)
    {
        await using var command = books.CreateCommand("""
            select hit ->> 'rule', count(*) from dw.fact_fraud_alerts cross join jsonb_array_elements(hits) as hit group by 1 order by 1
            """);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var fired = new List<(string, long)>();
        while (await reader.ReadAsync(Token))
            fired.Add((reader.GetString(0), reader.GetInt64(1)));
        return fired;
    }

    public static async Task<Dictionary<string, (long Rows, decimal Amount)>> SumsAsync(NpgsqlDataSource books, string sql)
    {
        await using var command = books.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var sums = new Dictionary<string, (long, decimal)>();
        while (await reader.ReadAsync(Token))
            sums.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetDecimal(2)));
        return sums;
    }

    /// <summary>Entries read by stream; none while the worker has not made the table, or the server is just recovering.</summary>
    public static async Task<Dictionary<string, long>> PositionsAsync(NpgsqlDataSource books)
    {
        var positions = new Dictionary<string, long>();
        try
        {
            await using var command = books.CreateCommand("select stream, entries_read from etl.stream_checkpoint");
            await using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
                positions.Add(reader.GetString(0), reader.GetInt64(1));
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return [];
        }

        return positions;
    }

    public static async Task<T> ScalarAsync<T>(NpgsqlDataSource books, string sql)
    {
        await using var command = books.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }
}

using System.Diagnostics;
using Npgsql;

namespace Fintech.Benchmarks.Etl;

internal sealed record LimitFigures(double Copy, double Index, double Group)
{
    public double Seconds => Copy + Index + Group;
}

/// <summary>
/// What no loader on these servers can beat: bytes piped from one COPY into another without looking at them, then the keys and
/// indexes that the fact table has, then one GROUP BY for each aggregate.
/// </summary>
internal static class Limit
{
    private const string Minutes = "select date_trunc('minute', occurred_at), currency, count(*), sum(amount) from bench.fact group by 1, 2";
    private const string Categories = """
        select date_trunc('minute', occurred_at), category, currency, count(*), sum(amount)
        from bench.fact left join dw.dim_merchant using (merchant_key) group by 1, 2, 3
        """;

    public static async Task<LimitFigures> MeasureAsync(string source, string warehouse, CancellationToken cancellationToken)
    {
        await using var from = new NpgsqlConnection(source);
        await using var to = new NpgsqlConnection(warehouse);
        await from.OpenAsync(cancellationToken);
        await to.OpenAsync(cancellationToken);
        await ExecuteAsync(to, EmbeddedSql.Read("Etl/limit_table.sql"), cancellationToken);
        var keys = await KeysAsync(to, cancellationToken);
        await ExecuteAsync(to, "truncate dw.fact_transactions", cancellationToken);     // Or the server would vacuum it meanwhile.

        await using var transaction = await to.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(to, EmbeddedSql.Read("Etl/limit_settings.sql"), cancellationToken);
        var watch = Stopwatch.StartNew();
        await PipeAsync(from, to, cancellationToken);
        var copied = watch.Elapsed;
        foreach (var key in keys)
            await ExecuteAsync(to, key, cancellationToken);
        var indexed = watch.Elapsed;
        await ExecuteAsync(to, $"select count(*) from ({Minutes}) as minutes; select count(*) from ({Categories}) as categories", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        var grouped = watch.Elapsed;
        return new LimitFigures(copied.TotalSeconds, (indexed - copied).TotalSeconds, (grouped - indexed).TotalSeconds);
    }

    private static async Task PipeAsync(NpgsqlConnection from, NpgsqlConnection to, CancellationToken cancellationToken)
    {
        await using var read = await from.BeginRawBinaryCopyAsync($"copy ({EmbeddedSql.Read("Etl/limit_rows.sql")}) to stdout (format binary)", cancellationToken);
        await using var write = await to.BeginRawBinaryCopyAsync("copy bench.fact from stdin (format binary)", cancellationToken);
        await read.CopyToAsync(write, 1 << 20, cancellationToken);
    }

    /// <summary>The statements that give the bench's table what the real one has.</summary>
    private static async Task<List<string>> KeysAsync(NpgsqlConnection warehouse, CancellationToken cancellationToken)
    {
        const string sql = """
            select coalesce('alter table bench.fact add ' || pg_get_constraintdef(c.oid),
                            replace(pg_get_indexdef(i.indexrelid), ' ON ONLY dw.fact_transactions ', ' ON bench.fact '))
            from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'p'
            where i.indrelid = 'dw.fact_transactions'::regclass
            """;
        await using var command = new NpgsqlCommand(sql, warehouse);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            keys.Add(reader.GetString(0));
        return keys.Count > 0 ? keys : throw new BenchmarkException("The fact table has no key: nothing to compare with.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 1800 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

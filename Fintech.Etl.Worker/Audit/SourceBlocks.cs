using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Extract;
using Npgsql;

namespace Fintech.Etl.Worker.Audit;

/// <summary>The source's half of <c>block_sums.sql</c>, computed where the rows are.</summary>
internal static class SourceBlocks
{
    public static async Task<Blocks> ReadAsync(
        SourceSnapshot snapshot, PassContext pass, AuditRequest request, long lastId, IReadOnlyList<long> aside, CancellationToken cancellationToken)
    {
        await using (var planning = snapshot.Command("set local jit = off"))
            await planning.ExecuteNonQueryAsync(cancellationToken);

        // Differences in how blanks are trimmed or summer time is read make a block suspect, and rows are then compared one by one.
        var rows = snapshot.Transactions;
        var moment = rows.HasZone ? "transaction_date at time zone 'UTC'" : "transaction_date at time zone @zone at time zone 'UTC'";
        var currency = rows.Position(ExtractColumn.Currency) is null ? "@currency" : "coalesce(currency, @currency)";
        var type = rows.Position(ExtractColumn.Type) is null ? "'purchase'" : "coalesce(type, 'purchase')";
        // The cast of the id makes both sides one type, without which PostgreSQL compares it with each id put aside, one after another.
        await using var command = snapshot.Command($"""
            select (transaction_id / @block_size)::bigint, {currency}::text, count(*), sum(amount),
                   sum(hashint8extended(transaction_id::bigint,
                       hashint8extended(coalesce(customer_id::bigint, -9223372036854775808),
                       timestamp_hash_extended({moment},
                       hash_numeric_extended(amount,
                       hashtextextended({type}, hashtextextended(coalesce(btrim(merchant_name, E' \t\n\r\f\x0b'), ''), 0)))))))
            from ({rows.UpTo(lastId)}) as selected
            where not (transaction_id::bigint = any(@aside))
            group by 1, 2
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[
            new NpgsqlParameter("block_size", request.BlockSize), new NpgsqlParameter("zone", pass.Options.SourceTimeZone),
            new NpgsqlParameter("currency", pass.Options.Currency), new NpgsqlParameter("aside", aside.ToArray()),
        ]);
        return await Blocks.ReadAsync(command, cancellationToken);
    }
}

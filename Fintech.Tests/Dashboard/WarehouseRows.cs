using Fintech.Tests.Warehouse;
using Npgsql;

namespace Fintech.Tests.Dashboard;

/// <summary>Rows as the worker would have written them.</summary>
internal static class WarehouseRows
{
    public const int BatchSlot = -1;

    public static async Task AddMinuteAsync(
        this WarehouseDatabase warehouse,
        DateTimeOffset minute,
        int slot,
        long transactions,
        decimal amount,
        CancellationToken cancellationToken,
        long alerts = 0,
        string currency = "USD",
        string category = "Groceries")
    {
        await warehouse.ExecuteAsync(
            """
            insert into dw.agg_minute_total as a (minute, currency, slot, transactions, amount, alerts) values ($1, $2, $3, $4, $5, $6)
            on conflict (minute, currency, slot) do update
            set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount, alerts = a.alerts + excluded.alerts
            """, cancellationToken, minute.UtcDateTime, currency, (short)slot, transactions, amount, alerts);
        await warehouse.ExecuteAsync(
            """
            insert into dw.agg_minute_category as a (minute, category, currency, slot, transactions, amount) values ($1, $2, $3, $4, $5, $6)
            on conflict (minute, category, currency, slot) do update
            set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
            """, cancellationToken, minute.UtcDateTime, category, currency, (short)slot, transactions, amount);
    }

    public static async Task AddAlertAsync(
        this WarehouseDatabase warehouse,
        string id,
        decimal amount,
        DateTimeOffset committedAt,
        CancellationToken cancellationToken,
        string merchant = "Luxury Watches",
        string category = "Jewellery",
        long customerId = 42,
        string source = "stream",
        string hits = """[{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000.00,"unit":"USD"}]""")
    {
        await warehouse.ExecuteAsync(
            """
            with merchant as (
                insert into dw.dim_merchant (merchant_name, category, is_inferred) values ($4, $5, true)
                on conflict (merchant_name) where is_current do update set category = excluded.category returning merchant_key
            ), customer as (
                insert into dw.dim_customer (customer_id, is_inferred) values ($6, true)
                on conflict (customer_id) where is_current do update set customer_id = excluded.customer_id returning customer_key
            )
            insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity,
                score, rule_set_version, hits, occurred_at, received_at, scored_at, committed_at, trace_id, load_id)
            select $1, $7, customer_key, merchant_key, 20260101, $2, 'USD', 'high', 86, 12, $8::jsonb,
                $3 - interval '3 s', $3 - interval '80 ms', $3 - interval '10 ms', $3, '0af7651916cd43dd8448eb211c80319c', 1
            from merchant, customer
            """, cancellationToken, id, amount, committedAt.UtcDateTime, merchant, category, customerId, source, hits);
    }

    public static Task CheckpointAsync(
        this WarehouseDatabase warehouse,
        int partition,
        DateTimeOffset lastEntry,
        long entriesRead,
        CancellationToken cancellationToken,
        DateTimeOffset? committedAt = null) =>
        warehouse.ExecuteAsync(
            """
            insert into etl.stream_checkpoint (stream, last_entry, entries_read, updated_at) values ($1, $2, $3, $4)
            on conflict (stream) do update
            set last_entry = excluded.last_entry, entries_read = excluded.entries_read, updated_at = excluded.updated_at
            """, cancellationToken,
            $"transactions:{partition}", $"{lastEntry.ToUnixTimeMilliseconds()}-0", entriesRead, (committedAt ?? lastEntry).UtcDateTime);

    public static async Task ExecuteAsync(
        this WarehouseDatabase warehouse, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var command = warehouse.DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

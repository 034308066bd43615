using Fintech.Tests.Warehouse;

namespace Fintech.Tests.Dashboard;

/// <summary>Facts with the counters beside them, as one batch of the stream would have written them.</summary>
internal static class FactRows
{
    /// <param name="alert">With an alert of it, too.</param>
    public static Task AddFactAsync(
        this WarehouseDatabase warehouse,
        string id,
        decimal amount,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken,
        string merchant = "Corner Cafe",
        string category = "Restaurants",
        long customerId = 42,
        bool alert = false,
        string currency = "USD") =>
        AddFactsAsync(warehouse, id, 1, amount, receivedAt, cancellationToken, merchant, category, customerId, alert, currency);

    /// <summary><paramref name="count"/> alike, named id-1, id-2 …; a single one is named as given.</summary>
    public static Task AddFactsAsync(
        this WarehouseDatabase warehouse,
        string id,
        int count,
        decimal amount,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken,
        string merchant = "Corner Cafe",
        string category = "Restaurants",
        long customerId = 42,
        bool alert = false,
        string currency = "USD") => warehouse.ExecuteAsync(
        """
        with merchant as (
            insert into dw.dim_merchant (merchant_name, category, is_inferred) values ($5, $6, true)
            on conflict (merchant_name) where is_current do update set category = excluded.category returning merchant_key
        ), customer as (
            insert into dw.dim_customer (customer_id, is_inferred) values ($7, true)
            on conflict (customer_id) where is_current do update set customer_id = excluded.customer_id returning customer_key
        ), fact as (
            insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id, stream_entry)
            select case when $2 = 1 then $1 else $1 || '-' || i end, 'stream', customer_key, merchant_key, 20260101, $4 - interval '3 s', $4, $3, $9, 1, 'transactions:0/1-' || i
            from merchant, customer, generate_series(1, $2) i
            returning *
        ), alert as (
            insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity,
                score, rule_set_version, hits, occurred_at, received_at, scored_at, committed_at, load_id)
            select transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, 'high', 86, 12,
                '[{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000.00,"unit":"USD"}]', occurred_at, received_at, received_at, received_at + interval '50 ms', 1
            from fact where $8
        ), total as (
            insert into dw.agg_minute_total as a (minute, currency, slot, transactions, amount, alerts)
            values (date_trunc('minute', $4), $9, 0, $2, $2 * $3, case when $8 then $2 else 0 end)
            on conflict (minute, currency, slot) do update
            set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount, alerts = a.alerts + excluded.alerts
        )
        insert into dw.agg_minute_category as a (minute, category, currency, slot, transactions, amount)
        values (date_trunc('minute', $4), $6, $9, 0, $2, $2 * $3)
        on conflict (minute, category, currency, slot) do update
        set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
        """, cancellationToken, id, count, amount, receivedAt.UtcDateTime, merchant, category, customerId, alert, currency);
}

using Fintech.Tests.Warehouse;

namespace Fintech.Tests.Dashboard;

/// <summary>Alerts to be worked on, as the worker would have raised them.</summary>
internal static class TriageBench
{
    public static async Task AddOpenAsync(
        this WarehouseDatabase warehouse, string id, TimeSpan age, CancellationToken cancellationToken, string severity = "high", string rule = "high-value",
        decimal amount = 4_500.00m, long customerId = 42, string merchant = "Luxury Watches")
    {
        await warehouse.AddAlertAsync($"staging-{id}", amount, DateTimeOffset.UtcNow - age, cancellationToken, merchant, customerId: customerId,
            hits: $$"""[{"rule":"{{rule}}","input":"amount","value":{{amount}},"threshold":3000.00,"unit":"USD","score":65,"weight":50,"severity":"{{severity}}"}]""");
        // The helper knows one severity: here it is raised anew with its own, by one statement as the worker does it.
        await warehouse.ExecuteAsync(
            """
            with staged as (delete from dw.fact_fraud_alerts where transaction_id = 'staging-' || $1 returning *)
            insert into dw.fact_fraud_alerts
            select $1, source_system, customer_key, merchant_key, date_key, amount, currency, $2, score, rule_set_version, hits, occurred_at, received_at, scored_at,
                   committed_at, trace_id, load_id
            from staged
            """, cancellationToken, id, severity);
    }

    public static Task AddPurchaseAsync(
        this WarehouseDatabase warehouse, string id, long customerId, decimal amount, DateTimeOffset occurredAt, CancellationToken cancellationToken,
        string currency = "USD", string source = "stream") =>
        warehouse.ExecuteAsync(
            """
            insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id)
            select $1, $6, max(customer_key), 0, 20260101, $4, $4, $3, $5, 1 from dw.dim_customer where customer_id = $2
            """, cancellationToken, id, customerId, amount, occurredAt.UtcDateTime, currency, source);
}

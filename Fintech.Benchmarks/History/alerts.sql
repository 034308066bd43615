-- One fact in two hundred as an alert, a fifth of them decided: batch facts raise none. The first disposition of an alert follows none.
with alert as (
    insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version, hits,
        occurred_at, received_at, scored_at, committed_at, load_id)
    select transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, 'high', 80, 1,
           '[{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000.00,"unit":"USD","score":65}]', occurred_at, received_at, received_at, received_at, load_id
    from dw.fact_transactions where hashtext(transaction_id) % 200 = 0
    returning transaction_id, source_system
)
select count(*) from alert;
insert into dw.alert_disposition (transaction_id, source_system, status, actor)
select transaction_id, source_system, (array['confirmed_fraud', 'false_positive'])[1 + abs(hashtext(transaction_id)) % 2], 'bench'
from dw.fact_fraud_alerts where hashtext(transaction_id || '!') % 5 = 0;
vacuum (analyze) dw.fact_fraud_alerts, dw.alert_disposition, dw.alert_state

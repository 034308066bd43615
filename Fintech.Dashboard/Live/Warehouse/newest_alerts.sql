-- The alert list. Left joins, because foreign keys of facts are not enforced: an alert whose dimension row were missing
-- must still be seen.
select a.transaction_id, a.occurred_at, a.committed_at, a.amount, a.currency,
       coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'), coalesce(c.customer_id, 0),
       a.severity, a.score::integer, a.rule_set_version, a.hits::text, a.trace_id, a.source_system
from dw.fact_fraud_alerts a
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_customer c using (customer_key)
order by a.committed_at desc, a.transaction_id, a.source_system
limit 50

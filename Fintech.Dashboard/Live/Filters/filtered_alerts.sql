-- As newest_alerts.sql, of those among the newest $5 that pass the filter: so the cost is bounded however rare they are.
select a.transaction_id, a.occurred_at, a.committed_at, a.amount, a.currency,
       coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'), coalesce(c.customer_id, 0),
       a.severity, a.score::integer, a.rule_set_version, a.hits::text, a.trace_id, a.source_system, a.received_at
from (select * from dw.fact_fraud_alerts order by committed_at desc limit $5) a
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_customer c using (customer_key)
where ($1::bigint[] is null or a.merchant_key = any ($1)) and ($2::bigint[] is null or a.customer_key = any ($2))
  and ($3::numeric is null or a.amount >= $3) and ($4::numeric is null or a.amount <= $4)
order by a.committed_at desc, a.transaction_id, a.source_system
limit 300

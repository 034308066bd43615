-- Alerts committed since $1, for the chart: it shows each of them, so they are read here and not taken from the feed,
-- which carries a sample and may be lost.
select a.transaction_id, a.source_system, a.committed_at, a.received_at, a.amount, a.currency, coalesce(m.category, 'Unknown'),
       coalesce(m.merchant_name, ''), coalesce(c.customer_id, 0)
from dw.fact_fraud_alerts a
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_customer c using (customer_key)
where a.committed_at >= $1
order by a.committed_at desc
limit $2

-- One stretch of the list, newest first, after a position in it: [$1, $2) by event time, because the index on it is a BRIN, which finds
-- a stretch but gives no order. Left joins, because foreign keys of facts are not enforced: a transaction whose dimension row were missing must still be seen.
select f.transaction_id, f.source_system, f.type, f.occurred_at, f.received_at, f.amount, f.currency, f.terminal_id,
       coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'), c.customer_id, f.stream_entry is not null, a.severity
from dw.fact_transactions f
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_customer c using (customer_key)
left join dw.fact_fraud_alerts a on a.transaction_id = f.transaction_id and a.source_system = f.source_system
where f.occurred_at >= $1 and f.occurred_at < $2
  and ($3::timestamptz is null or (f.occurred_at, f.transaction_id, f.source_system) < ($3, $4 collate "C", $5 collate "C"))
  and ($6::bigint is null or f.customer_key in (select customer_key from dw.dim_customer where customer_id = $6))
  and ($7::text is null or f.merchant_key in (select merchant_key from dw.dim_merchant where merchant_name = $7))
order by f.occurred_at desc, f.transaction_id desc, f.source_system desc
limit $8

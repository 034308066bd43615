-- Of what arrived since $1 and passes the filter: the newest rows, and a sample that is fair and, by the hash, the same at every
-- reading, so that readings that overlap do not choose some rows twice as often.
with hits as materialized (
    select transaction_id, source_system, occurred_at, received_at, amount, currency, merchant_key, customer_key
    from dw.fact_transactions
    where received_at >= $1 and stream_entry is not null
      and ($2::bigint[] is null or merchant_key = any ($2)) and ($3::bigint[] is null or customer_key = any ($3))
      and ($4::numeric is null or amount >= $4) and ($5::numeric is null or amount <= $5)
),
chosen as (
    (select * from hits order by received_at desc, transaction_id limit 20)
    union
    (select * from hits order by hashtext(transaction_id) limit $6)
)
select c.transaction_id, c.source_system, c.occurred_at, c.received_at, c.amount, c.currency,
       coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'), coalesce(u.customer_id, 0),
       exists (select from dw.fact_fraud_alerts a where (a.transaction_id, a.source_system) = (c.transaction_id, c.source_system))
from chosen c
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_customer u using (customer_key)
order by c.received_at desc, c.transaction_id

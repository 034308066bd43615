-- Without any snapshot memory begins with the last 30 days of facts of the customers whose stream this is, whichever way they
-- came, in the order they happened. The number of the stream is the CRC-32 of the decimal customer id, modulo the streams.
select c.customer_id, m.category, f.type, f.occurred_at, f.received_at, f.amount, f.currency
from dw.fact_transactions f
join dw.dim_customer c using (customer_key)
join dw.dim_merchant m using (merchant_key)
where f.occurred_at > (select max(occurred_at) - interval '30 days' from dw.fact_transactions)
  and f.type = 'purchase'
  and crc32(convert_to(c.customer_id::text, 'UTF8')) % $2 = $1
order by f.occurred_at, f.transaction_id, f.source_system

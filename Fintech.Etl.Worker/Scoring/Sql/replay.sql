-- What streams made facts, each since a moment of its own, as it was claimed; the caller takes those between snapshot and checkpoint and
-- puts them into the order of their entries. The BRIN index on received_at leads to the pages written since the earliest of these moments.
select w.number::integer, split_part(f.stream_entry, '/', 2), c.customer_id, m.category, f.type, f.occurred_at, f.received_at, f.amount, f.currency
from dw.fact_transactions f
join unnest($2::text[], $3::timestamptz[]) with ordinality as w (stream, received_from, number)
  on w.stream = split_part(f.stream_entry, '/', 1) and f.received_at >= w.received_from
join dw.dim_customer c using (customer_key)
join dw.dim_merchant m using (merchant_key)
where f.received_at >= $1

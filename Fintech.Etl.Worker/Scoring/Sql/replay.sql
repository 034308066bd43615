-- What streams made facts since a moment, as it was claimed; the caller takes those between snapshot and checkpoint and puts
-- them into the order of their entries. The BRIN index on received_at leads to the pages written since.
select s.number, split_part(f.stream_entry, '/', 2), c.customer_id, m.category, f.type, f.occurred_at, f.received_at, f.amount, f.currency
from dw.fact_transactions f
cross join lateral (select array_position($2, split_part(f.stream_entry, '/', 1)) as number) s
join dw.dim_customer c using (customer_key)
join dw.dim_merchant m using (merchant_key)
where f.received_at >= $1 and s.number is not null

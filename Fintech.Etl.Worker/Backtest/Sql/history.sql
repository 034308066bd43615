-- Facts in the order in which scoring met them: those of streams as they arrived, in the order of their entries; those of batches,
-- which nobody scored, as they happened. The days before the range make up what is remembered when it begins.
select f.transaction_id, f.source_system, c.customer_id, m.category, f.type, f.occurred_at, f.received_at, f.amount, f.currency
from dw.fact_transactions f
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key)
where f.occurred_at >= $1 and f.occurred_at < $2
order by case when f.stream_entry is null then f.occurred_at else f.received_at end,
         split_part(split_part(f.stream_entry, '/', 2), '-', 1)::numeric nulls first,
         split_part(f.stream_entry, '-', 2)::numeric nulls first,
         f.occurred_at, f.transaction_id, f.source_system

-- Facts in the order in which scoring met them: those of streams as they arrived, in the order of their entries; those of batches,
-- which nobody scored, as they happened. All there is up to the last one of the range: a customer's categories and purchases are never
-- forgotten, and what happened after the range may have arrived before a late one in it.
with last as (
    select max(case when stream_entry is null then occurred_at else received_at end) as met
    from dw.fact_transactions where occurred_at >= $1 and occurred_at < $2
)
select f.transaction_id, f.source_system, c.customer_id, m.category, f.type, f.occurred_at, f.received_at, f.amount, f.currency
from dw.fact_transactions f
join last on case when f.stream_entry is null then f.occurred_at else f.received_at end <= last.met
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key)
order by case when f.stream_entry is null then f.occurred_at else f.received_at end,
         split_part(split_part(f.stream_entry, '/', 2), '-', 1)::numeric nulls first,
         split_part(f.stream_entry, '-', 2)::numeric nulls first,
         f.occurred_at, f.transaction_id, f.source_system

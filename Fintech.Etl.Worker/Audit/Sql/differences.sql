-- Compares row by row, with what a pass would make of the source's row. No difference are: rows in the gaps below the watermark,
-- which a pass still waits for; rows that lie in quarantine, or were discarded there, with just this content; and facts that
-- were made from such a row when it was corrected and replayed.
insert into difference (transaction_id, kind)
with fact as (
    select *
    from (
        select *
        from (
            select *, case when pg_input_is_valid(transaction_id, 'bigint') then transaction_id::bigint end as id
            from dw.fact_transactions
            where source_system = @source_system and not (transaction_id = any(@aside)) and cardinality(@blocks) > 0
        ) as numbered
        where id <= @last_id and id / @block_size = any(@blocks) and transaction_id = id::text
        union all
        select *, transaction_id::bigint
        from dw.fact_transactions
        where source_system = @source_system and transaction_id = any(@aside)
    ) as f
    left join (select customer_key, customer_id from dw.dim_customer) c using (customer_key)
    left join (select merchant_key, merchant_name from dw.dim_merchant) m using (merchant_key)
    where f.id <= @last_id
),
-- First who differs at all: the rest is asked of few.
suspect as materialized (
    select coalesce(s.transaction_id, f.transaction_id) as transaction_id,
           f.transaction_id is not null as has_fact,
           s.transaction_id is not null as has_row,
           s.amount, s.currency, s.type, s.occurred_at, s.customer_id, s.merchant_name
    from audited_row s
    full join fact f on f.transaction_id = s.transaction_id
    where f.transaction_id is null or s.transaction_id is null
       or (f.amount, f.currency, f.type, f.occurred_at, f.customer_id, f.merchant_name)
          is distinct from (s.amount, s.currency, s.type, s.occurred_at, s.customer_id, s.merchant_name)
)
select transaction_id, case when not has_fact then 'missing' when not has_row then 'deleted' else 'changed' end
from suspect s
where not exists (
      select
      from unnest(@gap_lows, @gap_highs) as gap (low, high)
      where s.transaction_id::bigint between gap.low and gap.high
  )
  and not exists (
      select
      from etl.rejected_row r
      where s.has_row and r.origin = 'transactions' and r.source_system = @source_system and r.record_key = s.transaction_id
        and case when s.has_fact then r.status <> 'open' else r.status <> 'replayed' end
        and r.amount is not distinct from s.amount
        and (r.payload ->> 'occurred_at')::timestamptz is not distinct from s.occurred_at
        and (r.payload ->> 'customer_id')::bigint is not distinct from s.customer_id
        and r.payload ->> 'merchant_name' = s.merchant_name
        and coalesce(r.payload ->> 'type', 'purchase') = s.type
        and coalesce(r.payload ->> 'currency', @currency) = s.currency
  )
on conflict do nothing;

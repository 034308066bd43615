-- The facts of a source per block of ids: count, sum, and the sum of a hash over the content, which equal counts and sums cannot
-- deceive. The source computes the same (SourceBlocks.cs). Ids of a ledger are numbers written as text; what is none came by
-- stream and cannot be in the source. Ids that are or were in quarantine are left aside: they are compared one by one.
set local datestyle = 'ISO';
set local jit = off;

select f.id / @block_size as block,
       f.currency,
       count(*),
       sum(f.amount),
       sum(hashtextextended(concat_ws('|', f.transaction_id, coalesce(c.customer_id::text, ''), f.occurred_at at time zone 'UTC', f.amount,
                                      f.type, m.merchant_name), 0))
from (
    select *, case when pg_input_is_valid(transaction_id, 'bigint') then transaction_id::bigint end as id
    from dw.fact_transactions
    where source_system = @source_system and not (transaction_id = any(@aside))
) as f
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key)
where f.id <= @last_id
group by 1, 2;

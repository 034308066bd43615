-- The facts of a source per block of ids: count, sum, and the sum of a hash over the content, which equal counts and sums cannot
-- deceive. The source computes the same (SourceBlocks.cs): the hash of each value is the seed of the next, which costs a
-- fraction of hashing them as text. Ids of a ledger are numbers written as text; what is none came by stream and cannot be in the
-- source. Ids that are or were in quarantine are left aside: they are compared one by one.
set local jit = off;

select f.id / @block_size as block,
       f.currency,
       count(*),
       sum(f.amount),
       sum(hashint8extended(f.id,
           hashint8extended(coalesce(c.customer_id, -9223372036854775808),
           timestamp_hash_extended(f.occurred_at at time zone 'UTC',
           hash_numeric_extended(f.amount,
           hashtextextended(f.type, hashtextextended(m.merchant_name, 0)))))))
from (
    select *, case when pg_input_is_valid(transaction_id, 'bigint') then transaction_id::bigint end as id
    from dw.fact_transactions
    where source_system = @source_system and not (transaction_id = any(@aside))
) as f
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key)
where f.id <= @last_id
group by 1, 2;

-- Customers the source has not told us about yet: members without attributes, made real in place by the batch path.
-- Sorted against deadlock with another writer that infers the same ones; the unique index on the current version decides.
insert into dw.dim_customer (customer_id, is_inferred)
select seen.customer_id, true
from unnest($1::bigint[]) as seen (customer_id)
where not exists (select from dw.dim_customer known where known.customer_id = seen.customer_id and known.is_current)
order by seen.customer_id
on conflict do nothing

-- Members for customers whom a direct load does not know, with their keys. Sorted against deadlock with another writer that infers the same
-- ones; of whom a stream was quicker with, nothing is returned.
insert into dw.dim_customer (customer_id, is_inferred)
select seen.customer_id, true
from unnest($1::bigint[]) as seen (customer_id)
order by seen.customer_id
on conflict (customer_id) where is_current do nothing
returning customer_id, customer_key, is_inferred;

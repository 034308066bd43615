-- As infer_customers.sql, for events read before a customer among them may have been erased: then nobody is inferred, and the
-- batch is read again, without the person.
insert into dw.dim_customer (customer_id, is_inferred)
select seen.customer_id, true
from unnest($1::bigint[]) as seen (customer_id)
where not exists (select from dw.dim_customer known where known.customer_id = seen.customer_id and known.is_current)
  and $2 = (select coalesce(max(erasure_id), 0) from etl.erased_subject)
order by seen.customer_id
on conflict do nothing

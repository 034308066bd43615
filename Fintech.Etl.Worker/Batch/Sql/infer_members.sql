-- A customer or merchant that nobody has introduced becomes an inferred member: the transaction is never lost for it.
-- Statistics first: nothing else tells the planner how large a temporary table is.
analyze stage_transaction;

insert into dw.dim_customer (customer_id, is_inferred)
select distinct s.customer_id, true
from stage_transaction s
where s.check_name is null and s.customer_id is not null
  and not exists (select from dw.dim_customer d where d.customer_id = s.customer_id and d.is_current)
order by s.customer_id
on conflict (customer_id) where is_current do nothing;

insert into dw.dim_merchant (merchant_name, category, is_inferred)
select distinct s.merchant_name, 'Unknown', true
from stage_transaction s
where s.check_name is null
  and not exists (select from dw.dim_merchant d where d.merchant_name = s.merchant_name and d.is_current)
order by s.merchant_name
on conflict (merchant_name) where is_current do nothing;

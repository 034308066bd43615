-- Stands in for the foreign keys of the fact table, which are declared but not enforced.
insert into finding (check_name, record_key)
select 'orphan', l.transaction_id
from loaded l
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_date d using (date_key)
where c.customer_key is null or m.merchant_key is null or d.date_key is null;

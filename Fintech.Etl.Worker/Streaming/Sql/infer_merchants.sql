-- As for customers: a merchant nobody has described yet is of category Unknown until the batch path meets it.
insert into dw.dim_merchant (merchant_name, category, is_inferred)
select seen.merchant_name, 'Unknown', true
from unnest($1::text[]) as seen (merchant_name)
where not exists (select from dw.dim_merchant known where known.merchant_name = seen.merchant_name and known.is_current)
order by seen.merchant_name
on conflict do nothing

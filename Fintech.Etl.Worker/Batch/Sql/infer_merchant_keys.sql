-- As infer_customer_keys.sql, of category Unknown until MongoDB describes them.
insert into dw.dim_merchant (merchant_name, category, is_inferred)
select seen.merchant_name, 'Unknown', true
from unnest($1::text[]) as seen (merchant_name)
order by seen.merchant_name
on conflict (merchant_name) where is_current do nothing
returning merchant_name, merchant_key, is_inferred, category;

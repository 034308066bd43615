-- As current_customers.sql.
select merchant_name, merchant_key, category from dw.dim_merchant where merchant_name = any($1) and is_current

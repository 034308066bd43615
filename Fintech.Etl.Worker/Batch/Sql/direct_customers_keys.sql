-- The same indexes as in 0002_dimensions.sql, built by sorting. Then the customers of this run under the name that checks know.
set local maintenance_work_mem = '256MB';
create unique index dim_customer_current on dw.dim_customer (customer_id) where is_current;
create unique index dim_customer_version on dw.dim_customer (customer_id, valid_from);

drop table stage_customer;
create temp view stage_customer as
select customer_id, first_name, last_name_hash, email_hash, signup_date, row_hash, pii_key_version
from dw.dim_customer
where customer_key <> 0 and is_current and not is_inferred;

-- The same indexes as in 0002_dimensions.sql, built by sorting. Everybody's address is hashed under one key: equal ones are found
-- by it.
set local maintenance_work_mem = '256MB';
create unique index dim_customer_current on dw.dim_customer (customer_id) where is_current;
create unique index dim_customer_version on dw.dim_customer (customer_id, valid_from);

-- The keys were given by the worker, from the sequence's next on.
select setval(pg_get_serial_sequence('dw.dim_customer', 'customer_key'), greatest(max(customer_key), 1)) from dw.dim_customer;

insert into finding (check_name, record_key)
select 'duplicate_email', customer_id
from dw.dim_customer
where email_hash in (select email_hash from dw.dim_customer where email_hash is not null group by email_hash having count(*) > 1);

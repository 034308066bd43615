-- The customers as the source has them. Another table, other names: a copy of this file that yields the same columns, named in
-- Etl:Extract:Customers. Types, order and further columns are free within what docs/connect-your-data.md says.
select customer_id,
       first_name,
       last_name,
       email,
       signup_date
from customers

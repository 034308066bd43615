-- Keys to remember; etl.member_generation, asked before this, tells later whether they still hold.
select customer_id, customer_key from dw.dim_customer where customer_id = any($1) and is_current

-- SCD type 2 by keyed row hash; unchanged customers are not touched. Yields the number of new versions.
-- Statistics first: nothing else tells the planner how large a temporary table is.
analyze stage_customer;

-- An inferred member turns real in place: its facts keep their key.
update dw.dim_customer d
set first_name = s.first_name, last_name_hash = s.last_name_hash, email_hash = s.email_hash, pii_key_version = s.pii_key_version,
    signup_date = s.signup_date, row_hash = s.row_hash, is_inferred = false
from stage_customer s
where d.customer_id = s.customer_id and d.is_current and d.is_inferred;

-- A version begins after the one before it, also where the clock was set back in between.
update dw.dim_customer d
set valid_to = greatest(@started_at, d.valid_from + interval '1 microsecond'), is_current = false
from stage_customer s
where d.customer_id = s.customer_id and d.is_current and not d.is_inferred and d.row_hash is distinct from s.row_hash;

-- Whoever has no current version is new, or was closed just now. A stream that inferred the same new customer a moment ago
-- keeps its row; the next pass turns it real. Sorted, as every writer of dimensions inserts, against deadlock.
with added as (
    insert into dw.dim_customer
        (customer_id, first_name, last_name_hash, email_hash, pii_key_version, signup_date, row_hash, valid_from)
    select s.customer_id, s.first_name, s.last_name_hash, s.email_hash, s.pii_key_version, s.signup_date, s.row_hash,
           coalesce((select max(d.valid_to) from dw.dim_customer d where d.customer_id = s.customer_id), '-infinity')
    from stage_customer s
    where not exists (select from dw.dim_customer d where d.customer_id = s.customer_id and d.is_current)
    order by s.customer_id
    on conflict (customer_id) where is_current do nothing
    returning 1
)
select count(*) from added;

-- SCD type 2 by keyed row hash, compared under the key version that the row has; unchanged customers are not touched, unless their
-- pseudonyms are of another policy or key. Yields the number of new versions.
-- Statistics first: nothing else tells the planner how large a temporary table is.
analyze stage_customer;

-- An inferred member turns real in place: its facts keep their key.
update dw.dim_customer d
set first_name = s.first_name, first_name_hash = s.first_name_hash, last_name_mask = s.last_name_mask, last_name_hash = s.last_name_hash,
    email_mask = s.email_mask, email_hash = s.email_hash, signup_date = s.signup_date, row_hash = s.row_hash,
    pii_key_version = @pii_key_version, privacy_policy = @privacy_policy, is_inferred = false
from stage_customer s
where d.customer_id = s.customer_id and d.is_current and d.is_inferred;

-- A version begins after the one before it, also where the clock was set back in between.
-- Under a key that is gone nothing can be compared: such a row counts as unchanged, and is made anew below.
update dw.dim_customer d
set valid_to = greatest(@started_at, d.valid_from + interval '1 microsecond'), is_current = false
from stage_customer s
where d.customer_id = s.customer_id and d.is_current and not d.is_inferred
  and d.row_hash is distinct from case d.pii_key_version when @pii_key_version then s.row_hash
                                                         when @former_key_version then s.former_row_hash
                                                         else d.row_hash end;

-- The same customer with pseudonyms of another policy or key: in place, for the customer has not changed. Rows of the former key
-- are left to the rotation, which goes through them in batches. Usually there are none, and one look at the dimension says so.
update dw.dim_customer d
set first_name = s.first_name, first_name_hash = s.first_name_hash, last_name_mask = s.last_name_mask, last_name_hash = s.last_name_hash,
    email_mask = s.email_mask, email_hash = s.email_hash, row_hash = s.row_hash,
    pii_key_version = @pii_key_version, privacy_policy = @privacy_policy
from stage_customer s
where d.customer_id = s.customer_id and d.is_current and not d.is_inferred
  and (d.privacy_policy is distinct from @privacy_policy
       or d.pii_key_version is distinct from @pii_key_version and (@rehash or d.pii_key_version is distinct from @former_key_version))
  and (select exists (
          select from dw.dim_customer o
          where o.is_current and not o.is_inferred and not o.is_erased
            and (o.privacy_policy is distinct from @privacy_policy or o.pii_key_version is distinct from @pii_key_version)));

-- Whoever has no current version is new, or was closed just now. A stream that inferred the same new customer a moment ago
-- keeps its row; the next pass turns it real. Sorted, as every writer of dimensions inserts, against deadlock.
with added as (
    insert into dw.dim_customer
        (customer_id, first_name, first_name_hash, last_name_mask, last_name_hash, email_mask, email_hash, signup_date, row_hash,
         pii_key_version, privacy_policy, valid_from)
    select s.customer_id, s.first_name, s.first_name_hash, s.last_name_mask, s.last_name_hash, s.email_mask, s.email_hash, s.signup_date, s.row_hash,
           @pii_key_version, @privacy_policy,
           coalesce((select max(d.valid_to) from dw.dim_customer d where d.customer_id = s.customer_id), '-infinity')
    from stage_customer s
    where not exists (select from dw.dim_customer d where d.customer_id = s.customer_id and d.is_current)
    order by s.customer_id
    on conflict (customer_id) where is_current do nothing
    returning 1
)
select count(*) from added;

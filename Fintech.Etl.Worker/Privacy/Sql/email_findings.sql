-- What is wrong with the addresses of this pass's customers, as the transform saw it, which alone sees them.
insert into finding (check_name, record_key)
select email_fault, customer_id from stage_customer where email_fault is not null;

-- Customers of this pass whose address somebody else has, too: among themselves whatever the policy, and among all current
-- customers where their addresses are hashed under the present key. Eight bytes of a keyed hash tell addresses apart well enough
-- for a warning.
insert into finding (check_name, record_key)
select 'duplicate_email', s.customer_id
from stage_customer s
where s.email_key in (
    select known.email_key
    from (
        select email_key, customer_id from stage_customer where email_key is not null
        union
        select substring(d.email_hash for 8)::bigint, d.customer_id
        from dw.dim_customer d
        where d.is_current and d.pii_key_version = @pii_key_version
          and substring(d.email_hash for 8)::bigint in (select email_key from stage_customer)
    ) as known
    group by known.email_key
    having count(*) > 1
);

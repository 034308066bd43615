-- The parts of an erasure that a statement can do. Streams first: the locks wait for batches that are under way, and hold off
-- others until the tombstone is there for them to see. New members: none of this person may appear beside.
lock table etl.stream_checkpoint, dw.dim_customer in share row exclusive mode;

with tombstone as (
    insert into etl.erased_subject as e (subject_hash, alias) values (@subject_hash, @new_alias)
    on conflict (subject_hash) do update set alias = e.alias
    returning e.alias, e.erased_at, old.alias is not null as known
),
-- Every version, with all there is about the person; times of versions and keys stay, for facts point at them.
emptied as (
    update dw.dim_customer d
    set customer_id = tombstone.alias, first_name = null, first_name_hash = null, last_name_mask = null, last_name_hash = null,
        email_mask = null, email_hash = null, signup_date = null, row_hash = null, pii_key_version = null, privacy_policy = null,
        is_inferred = false, is_erased = true
    from tombstone
    where d.customer_id = @customer_id
    returning d.customer_key
),
-- Who had no member yet gets an anonymous one, for transactions to come.
anonymous as (
    insert into dw.dim_customer (customer_id, is_erased)
    select alias, true from tombstone
    where not known and not exists (select from dw.dim_customer d where d.customer_id = @customer_id)
),
samples as (
    update etl.check_result r
    set sample = array_replace(r.sample, @customer_id::text, tombstone.alias::text)
    from tombstone
    where r.name = any(@checks) and @customer_id::text = any(r.sample)
    returning 1
)
select alias,
       case when known then erased_at end,
       (select count(*) from emptied),
       (select count(*) from samples),
       (select count(*) from dw.fact_transactions f where f.customer_key in (select customer_key from emptied)),
       (select count(*) from dw.fact_fraud_alerts f where f.customer_key in (select customer_key from emptied))
from tombstone;

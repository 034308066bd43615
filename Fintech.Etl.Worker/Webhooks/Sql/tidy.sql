-- What nobody will deliver any more is given up, and what was decided long ago is removed.
with orphaned as (
    update etl.webhook_delivery
    set status = 'dead', decided_at = clock_timestamp(), last_error = 'The target is configured no more.'
    where status = 'pending' and target <> all ($1) and tried_since + $2 <= clock_timestamp()
    returning 1
), removed as (
    delete from etl.webhook_delivery
    where (status = 'delivered' and decided_at + $3 <= clock_timestamp()) or (status = 'dead' and decided_at + $4 <= clock_timestamp())
    returning 1
)
select (select count(*) from orphaned), (select count(*) from removed)

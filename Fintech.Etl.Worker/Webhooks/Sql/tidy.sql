-- What nobody will deliver any more is given up, and what was decided long ago is removed.
with orphaned as (
    update etl.webhook_delivery
    set status = 'dead', decided_at = clock_timestamp(), last_error = 'The target is configured no more.'
    where status = 'pending' and not exists (select from etl.webhook_target known where known.target = webhook_delivery.target)
      and tried_since + $1 <= clock_timestamp()
    returning 1
), removed as (
    delete from etl.webhook_delivery
    where (status = 'delivered' and decided_at + $2 <= clock_timestamp()) or (status = 'dead' and decided_at + $3 <= clock_timestamp())
    returning 1
)
select (select count(*) from orphaned), (select count(*) from removed)

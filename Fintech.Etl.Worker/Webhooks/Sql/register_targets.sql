-- The configured targets, and no others. What waits for one that is configured no more is given up in its time.
with gone as (
    delete from etl.webhook_target where target <> all ($1)
)
insert into etl.webhook_target as known (target, min_severity)
select target, min_severity
from unnest($1::text[], $2::text[]) as configured (target, min_severity)
order by target
on conflict (target) do update
set min_severity = excluded.min_severity, registered_at = clock_timestamp()
where known.min_severity <> excluded.min_severity

-- The targets of this worker, and that somebody still delivers to them. A target is gone only when no worker has named it for a while ($3):
-- another worker may be configured with other targets, or with none.
with gone as (
    delete from etl.webhook_target where target <> all ($1) and seen_at + $3 < clock_timestamp()
)
insert into etl.webhook_target as known (target, min_severity)
select target, min_severity
from unnest($1::text[], $2::text[]) as configured (target, min_severity)
order by target
on conflict (target) do update
set min_severity = excluded.min_severity, seen_at = clock_timestamp(),
    registered_at = case when known.min_severity <> excluded.min_severity then clock_timestamp() else known.registered_at end

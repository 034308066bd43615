-- When the transactions of the period arrived, and the books of the runs that brought them.
with arrivals as materialized (
    select * from analysis.arrivals(:from, :to)
)
select 'delay' as part, to_jsonb(d) as row
from (
    select came_by, delay as bucket, sum(transactions)::bigint as transactions, coalesce(sum(transactions) filter (where after_its_day), 0)::bigint as after_its_day
    from arrivals
    group by came_by, delay
) d
union all
select 'load', to_jsonb(l)
from (
    select count(*) as runs, count(*) filter (where r.kind = 'batch') as batches, count(*) filter (where r.kind = 'stream') as streams, count(*) filter (where r.run_id is null) as unknown,
           count(*) filter (where r.kind = 'batch' and (r.status <> 'succeeded' or not r.balanced or r.checks_blocked > 0)) as unsound,
           min(a.load_id) as first_run, max(a.load_id) as last_run
    from (select distinct load_id from arrivals) a
    left join analysis.run r on r.run_id = a.load_id
) l

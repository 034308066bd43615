-- The books: facts against aggregates, passes and their checks, what was rejected and when. All of the warehouse, whatever the period.
with passes as materialized (
    select * from analysis.run where kind = 'batch' and status <> 'running'
),
rejected as materialized (
    select hour, origin, check_name, status, rows, max(hour) over () - min(hour) over () < interval '72 hours' as is_short from analysis.quarantine
)
select 'reconciliation' as part, to_jsonb(r) as row from analysis.reconciliation r
union all
select 'passes', to_jsonb(p)
from (
    select count(*) as count, count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'succeeded' and not balanced) as unbalanced,
           coalesce(sum(rows_read) filter (where status = 'succeeded'), 0)::bigint as rows_read,
           coalesce(sum(rows_loaded) filter (where status = 'succeeded'), 0)::bigint as rows_loaded,
           coalesce(sum(rows_known) filter (where status = 'succeeded'), 0)::bigint as rows_known,
           coalesce(sum(rows_quarantined) filter (where status = 'succeeded'), 0)::bigint as rows_quarantined
    from passes
) p
union all
select 'newest', to_jsonb(n)
from (select run_id, status, started_at, finished_at, balanced, checks_blocked, checks_warned from passes order by run_id desc limit 1) n
union all
select 'rejected', to_jsonb(q)
from (select check_name, status, sum(rows)::bigint as rows from rejected group by 1, 2) q
union all
select 'rejected_at', to_jsonb(q)
from (
    select is_short as by_hour, case when is_short then hour else date_bin('24 hours', hour, timestamptz '2000-01-01 00:00Z') end as at, sum(rows)::bigint as rows
    from rejected
    group by 1, 2
) q
union all
select 'check', to_jsonb(c)
from (
    select name, severity, count(*) as passes, sum(failures)::bigint as failures
    from analysis.check_result
    where not passed
    group by name, severity
) c

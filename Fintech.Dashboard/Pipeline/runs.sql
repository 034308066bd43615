-- A page of runs, the newest first, and how far the one under way is. Sessions of the stream are left out: they have no books of rows.
select r.run_id, r.kind, r.trigger, r.status, r.source_system, r.started_at, r.finished_at,
       r.rows_read, r.amount_read, r.rows_loaded, r.amount_loaded, r.rows_quarantined, r.amount_quarantined, r.rows_known, r.amount_known,
       r.settings ->> 'mode', r.settings ->> 'currency', r.error,
       (select count(*) from etl.check_result c where c.run_id = r.run_id and not c.passed),
       p.doing, p.rows, p.of
from etl.run r
left join etl.run_progress p on p.run_id = r.run_id and r.status = 'running'
where r.kind <> 'stream'
  and ($1::text is null or r.kind = $1)
  and ($2::text is null or r.status = $2)
  and ($3::bigint is null or r.run_id < $3)
  and ($5::bigint is null or r.run_id = $5)
order by r.run_id desc
limit $4

-- The newest batch run, and the newest one that ended and may have changed the batch slot of the aggregates.
select r.run_id, r.status, r.started_at, r.finished_at, r.rows_loaded, r.amount_loaded, r.rows_quarantined, coalesce(p.rows, r.rows_read),
       r.status = 'succeeded'
           and r.rows_read = r.rows_loaded + r.rows_quarantined + r.rows_known
           and r.amount_read = r.amount_loaded + r.amount_quarantined + r.amount_known
           and not exists (select from etl.check_result c where c.run_id = r.run_id and c.severity = 'block' and not c.passed),
       coalesce((select max(run_id) from etl.run where kind = 'batch' and status <> 'running' and rows_loaded > 0), 0),
       nullif(p.of, 0)
from etl.run r
left join etl.run_progress p on p.run_id = r.run_id and r.status = 'running'
where r.kind = 'batch'
order by r.run_id desc
limit 1

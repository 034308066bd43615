-- What the books say of the platform, one result set each: the newest runs, the newest batch pass that has ended (which a row of
-- dry runs may have pushed out of the first), watermarks with their gaps, streams, quarantine, and what the checks of that pass found.
select run_id, kind, trigger, status, started_at, extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float8,
       rows_read, rows_loaded, amount_loaded, rows_quarantined, rows_known, error
from etl.run
where kind <> 'stream'
order by run_id desc
limit @runs;

select run_id, kind, trigger, status, started_at, extract(epoch from finished_at - started_at)::float8,
       rows_read, rows_loaded, amount_loaded, rows_quarantined, rows_known, error
from etl.run
where kind = 'batch' and status <> 'running'
order by run_id desc
limit 1;

select w.source_system, w.entity, w.last_id, w.updated_at, count(g.ids), min(g.noticed_at)
from etl.watermark w
left join etl.watermark_gap g using (source_system, entity)
group by w.source_system, w.entity
order by w.source_system, w.entity;

select stream, last_entry, entries_read, updated_at
from etl.stream_checkpoint
order by stream;

select check_name, origin, count(*), coalesce(sum(amount), 0), min(rejected_at)
from etl.rejected_row
where status = 'open'
group by check_name, origin
order by check_name, origin;

select name, severity, failures, sample, detail
from etl.check_result
where not passed and run_id = (select max(run_id) from etl.run where kind = 'batch' and status <> 'running')
order by array_position(array['block', 'quarantine', 'warn'], severity), name;

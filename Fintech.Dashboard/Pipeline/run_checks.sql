-- The checks of a run: what failed first, the gravest of it before the rest.
select name, severity, passed, failures, sample, detail
from etl.check_result
where run_id = $1
order by passed, array_position(array['block', 'quarantine', 'warn'], severity), name

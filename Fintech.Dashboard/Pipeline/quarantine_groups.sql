-- How many rows wait, by check and origin, and the newest of them: what is decided on together is decided up to that one.
select check_name, origin, count(*), coalesce(sum(amount), 0), min(rejected_at), max(rejected_at), max(rejected_id),
       count(*) filter (where fixed_at is not null), count(*) filter (where sealed_bytes is not null)
from etl.quarantine_row
where status = 'open'
group by check_name, origin
order by count(*) desc, check_name, origin
limit 200

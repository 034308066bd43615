-- The newest commands, and all that are open however old they are.
select command_id, name, arguments::text, requested_by, requested_at, started_at, finished_at, progress::text, outcome, answer::text
from etl.command
where ($1::bigint is null or command_id < $1) and ($3::bigint is null or command_id = $3)
order by ($1::bigint is null and finished_at is null) desc, command_id desc
limit $2

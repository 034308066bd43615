-- Sessions whose worker is gone without a word: a living one holds the advisory lock of its run, so the lock can be had only
-- where nobody lives. Its counts are those last saved; the facts and checkpoints themselves are exact.
with open_session as materialized (
    select run_id from etl.run where kind = 'stream' and status = 'running' and run_id <> $2
)
update etl.run
set status = 'failed', finished_at = clock_timestamp(), error = 'The worker ended without closing its session.'
from open_session
where etl.run.run_id = open_session.run_id
  and pg_try_advisory_xact_lock($1, open_session.run_id::integer)

-- Ends transactions that still write to a partition of which this worker is the owner now: of a worker that was cut off in the midst of a COPY, which no
-- time-out of the server ends. A batch takes milliseconds; what is younger than seconds may be committing. Only sessions that this login may end.
select pg_terminate_backend(a.pid, 5000)
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and l.classid::bigint = $1 and l.objid::bigint = $2 and l.objsubid = 2
  and a.pid <> pg_backend_pid() and a.xact_start < clock_timestamp() - interval '3 seconds' and pg_has_role(a.usesysid, 'usage')

-- Partitions that a worker holds. Its locks end with its connection, so this says that a worker is there also while nothing arrives.
-- The first key is StreamSession.PartitionLock; 2 marks locks of two keys.
select count(*)::integer
from pg_locks
where locktype = 'advisory' and classid = 7873261 and objsubid = 2 and granted
  and database = (select oid from pg_database where datname = current_database())

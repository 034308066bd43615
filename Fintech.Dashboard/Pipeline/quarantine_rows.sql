-- A page of the quarantine, the newest first, without contents.
select rejected_id, run_id, origin, source_system, record_key, check_name, reason, amount, status, rejected_at, fixed_at, sealed_bytes, decided_at, replay_run_id
from etl.quarantine_row
where ($1::text is null or status = $1)
  and ($2::text is null or check_name = $2)
  and ($3::text is null or origin = $3)
  and ($4::text is null or record_key = $4)
  and ($5::bigint is null or rejected_id < $5)
order by rejected_id desc
limit $6

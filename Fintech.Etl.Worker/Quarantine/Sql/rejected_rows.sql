-- Rows of the quarantine, oldest first. A filter that is null lets everything pass. What is sealed stays here: only its size goes out.
select rejected_id, run_id, origin, source_system, record_key, check_name, reason, amount, status, rejected_at,
       payload::text, fixed_payload::text, fixed_at, octet_length(sealed), decided_at, replay_run_id
from etl.rejected_row
where (@status::text is null or status = @status)
  and (@check::text is null or check_name = @check)
  and (@reason::text is null or strpos(lower(reason), lower(@reason)) > 0)
  and (@origin::text is null or origin = @origin)
  and (@ids::bigint[] is null or rejected_id = any(@ids))
order by rejected_id
limit @limit

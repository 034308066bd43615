-- Met again with the same content it is the same rejection.
insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, amount, payload, sealed, content_hash)
select @run_id, origin, @source_system, record_key, check_name, reason, amount, payload, sealed, content_hash
from rejected
order by origin, record_key
on conflict (origin, source_system, record_key, content_hash) do nothing;

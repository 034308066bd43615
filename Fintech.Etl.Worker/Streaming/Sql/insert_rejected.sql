-- An entry met again with the same content is the same rejection, not a second one.
insert into etl.rejected_row (
    run_id, origin, source_system, record_key, check_name, reason, amount, payload, sealed, content_hash)
select $9, $10, source_system, record_key, check_name, reason, amount, payload::jsonb, sealed, content_hash
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::bytea[], $8::bytea[])
    as rejected (source_system, record_key, check_name, reason, amount, payload, sealed, content_hash)
on conflict (origin, source_system, record_key, content_hash) do nothing

-- Only the owner of the newest position may save what it remembers, and nobody who remembers an erased customer. An update, not
-- a look: an erasure locks this table against writers, so that one of the two waits for the other and sees what it did.
update etl.stream_checkpoint
set updated_at = updated_at
where stream = $1 and last_entry = $2
  and $3 = (select coalesce(max(erasure_id), 0) from etl.erased_subject)

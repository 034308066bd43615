-- The fence: the checkpoint moves only from where this batch began. No row means that another owner moved it meanwhile, and
-- everything is rolled back. First in its transaction, so that a second owner waits here and loses before it has written.
update etl.stream_checkpoint
set last_entry = $3, entries_read = entries_read + $4, owner = $5, updated_at = clock_timestamp()
where stream = $1 and last_entry = $2
  -- An erasure locks this table first: batches wait for it here, and one that was read before it loses.
  and ($6::bigint is null or $6 = (select coalesce(max(erasure_id), 0) from etl.erased_subject))
returning entries_read, (select generation from etl.member_generation)

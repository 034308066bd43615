-- The fence: the checkpoint moves only from where this batch began. No row means that another owner moved it meanwhile, and
-- everything is rolled back. First in its transaction, so that a second owner waits here and loses before it has written.
update etl.stream_checkpoint
set last_entry = $3, entries_read = entries_read + $4, owner = $5, updated_at = clock_timestamp()
where stream = $1 and last_entry = $2
returning entries_read

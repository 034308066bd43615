-- The next snapshot after the one its writer knows: only the blocks that changed since are written.
insert into etl.scoring_snapshot as s
    (stream, sequence, format, last_entry, replay_after, received_from, currencies, categories, customers, taken_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (stream) do update
set sequence = excluded.sequence, format = excluded.format, last_entry = excluded.last_entry, replay_after = excluded.replay_after,
    received_from = excluded.received_from, currencies = excluded.currencies, categories = excluded.categories, customers = excluded.customers, taken_at = excluded.taken_at
where s.sequence = excluded.sequence - 1

-- Absolute counts, so that saving twice is the same as saving once.
update etl.run
set rows_read = $2, amount_read = $3, rows_loaded = $4, amount_loaded = $5,
    rows_known = $6, amount_known = $7, rows_quarantined = $8, amount_quarantined = $9,
    status = $10, error = $11,
    finished_at = case when $10 = 'running' then null else clock_timestamp() end
where run_id = $1

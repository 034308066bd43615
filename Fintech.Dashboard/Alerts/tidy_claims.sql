-- A page works on one alert; and what ran out long ago is of no use. Locked ones are somebody's who is taking them over.
delete from dw.alert_claim
where (transaction_id, source_system) in (
    select transaction_id, source_system from dw.alert_claim
    where (holder = $1 and (transaction_id, source_system) <> ($2, $3)) or expires_at < clock_timestamp() - interval '1 hour'
    for update skip locked)

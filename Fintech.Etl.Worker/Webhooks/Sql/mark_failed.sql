-- Only the newest attempt ($2) says when the next one is. It is given up when its time is over ($5), or at once ($6).
update etl.webhook_delivery
set status = verdict.status,
    decided_at = case when verdict.status = 'dead' then clock_timestamp() end,
    next_attempt_at = clock_timestamp() + $4,
    last_error = $3
from (
    select case when $6 or tried_since + $5 <= clock_timestamp() then 'dead' else 'pending' end as status
    from etl.webhook_delivery
    where delivery_id = $1
) as verdict
where delivery_id = $1 and attempts = $2 and etl.webhook_delivery.status = 'pending'
returning etl.webhook_delivery.status

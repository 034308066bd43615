-- Takes due rows of a target for an attempt. The lease ($3) stands in for a lock, which would have to be held while a stranger's
-- server answers: a deliverer that is killed holds nothing, and its rows are due again when the lease is over.
update etl.webhook_delivery delivery
set attempts = delivery.attempts + 1, next_attempt_at = clock_timestamp() + $3
from (
    select delivery_id
    from etl.webhook_delivery
    where target = $1 and status = 'pending' and next_attempt_at <= clock_timestamp()
    order by next_attempt_at, delivery_id
    limit $2
    for update skip locked
) as due
where delivery.delivery_id = due.delivery_id
returning delivery.delivery_id, delivery.event_key, delivery.payload::text, delivery.attempts

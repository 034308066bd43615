-- To whom the alert was sent. By target, so that the key (target, transaction_id, source_system) leads there.
select d.target, d.status, d.attempts, d.created_at, d.next_attempt_at, d.decided_at, d.last_error
from etl.webhook_target t
join etl.webhook_delivery d on d.target = t.target and d.transaction_id = $1 and d.source_system = $2
order by d.target

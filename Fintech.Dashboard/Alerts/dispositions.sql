-- The audit trail of one alert, oldest first.
select disposition_id, status, comment, actor, created_at, undoes
from dw.alert_disposition
where transaction_id = $1 and source_system = $2
order by disposition_id

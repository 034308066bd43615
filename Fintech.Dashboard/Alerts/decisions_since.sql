-- What was decided since a page last asked, the newest last. Identities are not committed in their order, so it asks for a few again.
select d.transaction_id, d.source_system, d.disposition_id, d.status, d.actor, d.created_at
from dw.alert_disposition d
where d.disposition_id > $1
order by d.disposition_id desc
limit 300

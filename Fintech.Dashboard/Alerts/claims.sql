-- Who works on what at this moment: as many as there are analysts.
select transaction_id, source_system, actor, holder, claimed_at, expires_at
from dw.alert_claim
where expires_at > clock_timestamp()
order by claimed_at
limit 300

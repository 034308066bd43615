-- How alerts stand that a decision was not appended for: what came between, and who has taken them. Or it was made before, and is sent again.
select s.transaction_id, s.source_system, s.status, s.disposition_id, s.actor, s.changed_at, newest.undoes is not null,
       claim.actor, claim.holder, claim.claimed_at, claim.expires_at, newest.after_disposition_id, newest.comment
from unnest($1::text[], $2::text[]) as asked (transaction_id, source_system)
join dw.alert_state s on s.transaction_id = asked.transaction_id and s.source_system = asked.source_system
left join dw.alert_disposition newest on newest.disposition_id = s.disposition_id
left join dw.alert_claim claim on claim.transaction_id = s.transaction_id and claim.source_system = s.source_system and claim.expires_at > clock_timestamp()

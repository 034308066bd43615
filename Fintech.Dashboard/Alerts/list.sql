-- One page of the alerts list. The narrow copy decides which, and only these are looked up. Left joins, because foreign keys of
-- facts are not enforced: an alert whose dimension row were missing must still be seen.
with page as (
    select s.* from dw.alert_state s
    where {where}
    order by {order}
    limit {limit}
)
select s.transaction_id, s.source_system, a.occurred_at, s.committed_at, a.amount, a.currency,
       coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'), coalesce(c.customer_id, 0),
       a.severity, s.score::integer, a.rule_set_version, a.hits::text, a.trace_id,
       s.status, s.disposition_id, s.actor, s.changed_at, claim.actor, claim.holder, claim.claimed_at, claim.expires_at,
       s.urgency::integer
from page s
join dw.fact_fraud_alerts a using (transaction_id, source_system)
left join dw.dim_merchant m on m.merchant_key = a.merchant_key
left join dw.dim_customer c on c.customer_key = a.customer_key
left join dw.alert_claim claim on claim.transaction_id = s.transaction_id and claim.source_system = s.source_system and claim.expires_at > clock_timestamp()
order by {order}

-- The outbox rows of alerts just inserted, in the transaction of these: there is no alert without its row, and no row without its
-- alert. Targets come first, so that without any this costs nothing. Nothing in it names a person; the customer is a number, which
-- an erasure replaces here as everywhere.
insert into etl.webhook_delivery (target, transaction_id, source_system, event_key, payload)
select target.target, alert.transaction_id, alert.source_system, event.key,
       jsonb_build_object(
           'type', 'alert.raised',
           'version', 1,
           'id', event.key,
           'timestamp', alert.committed_at,
           'data', jsonb_build_object(
               'transaction_id', alert.transaction_id,
               'source_system', alert.source_system,
               'customer_id', customer.customer_id,
               'merchant_name', merchant.merchant_name,
               'category', merchant.category,
               'amount', alert.amount,
               'currency', alert.currency,
               'severity', alert.severity,
               'score', alert.score,
               'rule_set_version', alert.rule_set_version,
               'explanation', why.sentences,
               'hits', alert.hits,
               'occurred_at', alert.occurred_at,
               'received_at', alert.received_at,
               'scored_at', alert.scored_at,
               'committed_at', alert.committed_at,
               'trace_id', alert.trace_id))
from etl.webhook_target target
cross join unnest($1::text[], $2::text[]) as raised (transaction_id, source_system)
join dw.fact_fraud_alerts alert
  on alert.transaction_id = raised.transaction_id collate "C" and alert.source_system = raised.source_system collate "C"
-- A hash, for an id of a transaction may hold what a header must not. The name of a source system has no slash.
cross join lateral (
    select 'alert_' || left(encode(sha256(convert_to(alert.source_system || '/' || alert.transaction_id, 'UTF8')), 'hex'), 32)
) as event (key)
cross join lateral (
    -- By the name that somebody gave the rule, else by its kind: high-value: amount is 4500.00 USD, the threshold is 3000.00 USD
    select coalesce(jsonb_agg(concat(coalesce(hit ->> 'name', hit ->> 'rule'), ': ', hit ->> 'input', ' is ', concat_ws(' ', hit ->> 'value', hit ->> 'unit'),
                                     ', the threshold is ', concat_ws(' ', hit ->> 'threshold', hit ->> 'unit'))), '[]')
    from jsonb_path_query(alert.hits, '$[*]') as hits (hit)
) as why (sentences)
left join dw.dim_customer customer on customer.customer_key = alert.customer_key
left join dw.dim_merchant merchant on merchant.merchant_key = alert.merchant_key
where array_position(array['low', 'medium', 'high', 'critical'], alert.severity)
   >= array_position(array['low', 'medium', 'high', 'critical'], target.min_severity)
on conflict (target, transaction_id, source_system) do nothing

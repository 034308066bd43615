-- No ON CONFLICT: only the claimer of a transaction alerts on it, so a second alert for one would be a defect and must be seen.
insert into dw.fact_fraud_alerts (
    transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version,
    hits, occurred_at, received_at, scored_at, committed_at, trace_id, load_id)
select transaction_id, source_system, customer_key, merchant_key, to_char(occurred_at, 'YYYYMMDD')::integer, amount, currency,
       severity, score, $13, hits::jsonb, occurred_at, received_at, $14, $15, trace_id, $16
from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::numeric[], $6::text[], $7::text[], $8::smallint[], $9::text[],
            $10::timestamptz[], $11::timestamptz[], $12::text[])
    as alert (transaction_id, source_system, customer_key, merchant_key, amount, currency, severity, score, hits,
              occurred_at, received_at, trace_id)

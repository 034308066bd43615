-- One commit as the stream's writers make them, eight partitions in one: facts (of a fast stream the sample only), alerts, minute sums,
-- checkpoints. $1 to $7 are the rows: id, merchant, customer, amount, time, partition, score of the alert or 0; $8 to $11 the sums: partition,
-- category, transactions, amount; $12 is the time of the commit.
with rows as (
    select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::numeric[], $5::timestamptz[], $6::smallint[], $7::smallint[])
        as r (id, merchant_key, customer_key, amount, at, slot, score)
), facts as (
    insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id, stream_entry)
    select id, 'stream', customer_key, merchant_key, to_char(at at time zone 'UTC', 'YYYYMMDD')::integer, at, at, amount, 'USD', 2, 'transactions:' || slot || '/' || id from rows
), alerts as (
    insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version, hits,
        occurred_at, received_at, scored_at, committed_at, trace_id, load_id)
    select id, 'stream', customer_key, merchant_key, to_char(at at time zone 'UTC', 'YYYYMMDD')::integer, amount, 'USD',
           case when score < 50 then 'low' when score < 65 then 'medium' when score < 85 then 'high' else 'critical' end, score, 3,
           jsonb_build_array(jsonb_build_object('rule', 'high-value', 'input', 'amount', 'value', amount, 'threshold', 3000.00, 'unit', 'USD', 'score', score, 'weight', 50, 'severity', case when score < 65 then 'medium' else 'high' end)),
           at, at, $12::timestamptz - interval '5 ms', $12, md5(id), 2
    from rows where score > 0
), sums as (
    select * from unnest($8::smallint[], $9::text[], $10::bigint[], $11::numeric[]) as s (slot, category, transactions, amount)
), categories as (
    insert into dw.agg_minute_category as a (minute, category, currency, slot, transactions, amount)
    select date_trunc('minute', $12::timestamptz), category, 'USD', slot, transactions, amount from sums
    on conflict (minute, category, currency, slot) do update set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
), totals as (
    insert into dw.agg_minute_total as a (minute, currency, slot, transactions, amount, alerts)
    select date_trunc('minute', $12::timestamptz), 'USD', slot, sum(transactions), sum(amount), (select count(*) from rows r where r.slot = s.slot and r.score > 0) from sums s group by slot
    on conflict (minute, currency, slot) do update set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount, alerts = a.alerts + excluded.alerts
)
insert into etl.stream_checkpoint as c (stream, last_entry, entries_read, updated_at)
select 'transactions:' || slot, (extract(epoch from $12::timestamptz) * 1000)::bigint || '-0', sum(transactions), $12 from sums group by slot
on conflict (stream) do update set last_entry = excluded.last_entry, entries_read = c.entries_read + excluded.entries_read, updated_at = excluded.updated_at

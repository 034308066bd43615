-- The books beside the facts of Scenery.sql: runs with failed checks, quarantine, rule sets, snoozes, commands in every state.
insert into etl.rule_set (rules, created_at, created_by)
select rules::jsonb, at, who from (values
    ('[{"rule":"high-value","threshold":2500,"currency":"USD"}]', now() - interval '60 days', 'configuration'),
    ('[{"rule":"high-value","threshold":3000,"currency":"USD"},{"rule":"velocity","count":5,"window":"00:10:00","severity":"high","shadow":true}]', now() - interval '40 days', 'Maria'),
    ('[{"rule":"high-value","threshold":3000,"currency":"USD"},{"rule":"velocity","count":5,"window":"00:10:00","severity":"high"},{"rule":"spend-spike","deviations":10,"minimum_history":10,"minimum_amount":200,"currency":"USD"},{"rule":"card-testing","small_count":3,"small_amount":5,"large_amount":200,"window":"01:00:00","currency":"USD","weight":70,"enabled":false},{"rule":"new-category","threshold":500,"minimum_history":10,"currency":"USD","shadow":true}]', now() - interval '20 days', 'Maria')
) as v (rules, at, who);
insert into etl.rule_count (rule_set_version, rule, day, slot, evaluated, alerted, shadowed, snoozed)
select 3, r.rule, current_date - day, 0, (select count(*) from seen s where not s.batch and s.occurred_at::date = current_date - day),
       (select count(*) from hit h join seen s using (n) where h.rule = r.rule and s.occurred_at::date = current_date - day), case when r.rule = 'new-category' then 6 + day % 7 else 0 end, 0
from unnest(array['high-value', 'velocity', 'spend-spike', 'new-category']) as r (rule) cross join generate_series(0, 19) day;
insert into etl.rule_snooze (customer_id, rule, until, reason, created_by) values
    (7, 'spend-spike', now() + interval '12 days', 'Furnishes a flat until the end of the month; confirmed by telephone.', 'Priya'),
    (23, null, now() + interval '2 days', 'Travels.', 'Ken');

-- A worker that runs for two days, and a pass every minute: the newest has ended half a minute ago. Every seventh finds rows to set aside.
insert into etl.run (kind, status, trigger, host, started_at, finished_at, source_system) values
    ('stream', 'succeeded', 'start', 'worker-1', now() - interval '9 days', now() - interval '2 days', 'stream'),
    ('stream', 'running', 'start', 'worker-1', now() - interval '2 days', null, 'stream'),
    ('dry-run', 'succeeded', 'command', 'worker-1', now() - interval '5 hours', now() - interval '5 hours' + interval '2 s', 'ledger');

create temp table set_aside (place, name, reason, amount) as values
    (0, 'amount_not_positive', 'The amount of a purchase is zero or negative.', -19.90), (1, 'date_before_2000', 'The transaction date is before 2000.', 134.90),
    (2, 'currency_unknown', 'The currency is not three capital letters (ISO 4217).', 12.00);

insert into etl.run (kind, status, trigger, host, settings, started_at, finished_at, source_system, rows_read, amount_read, rows_loaded, amount_loaded, rows_quarantined, amount_quarantined, rows_known, amount_known, stages, error)
select 'batch', case when n = 24 then 'failed' else 'succeeded' end, case when n = 35 then 'dashboard' else 'schedule' end, 'worker-1', '{"Mode":"Watermark","BatchSize":50000}',
       now() - (40.5 - n) * interval '1 minute', now() - (40.5 - n) * interval '1 minute' + (1 + n % 4) * interval '0.6 s', 'ledger',
       read, read * 61.17, loaded, case when loaded = 0 then 0 else read * 61.17 - aside.amount end, aside.rows, aside.amount, 0, 0,
       jsonb_build_array(
           jsonb_build_object('stage', 'extract', 'what', 'transactions', 'rows', read, 'amount', read * 61.17, 'seconds', 0.41),
           jsonb_build_object('stage', 'extract', 'what', 'customers', 'rows', 400, 'amount', null, 'seconds', 0.05),
           jsonb_build_object('stage', 'transform', 'what', 'transactions', 'rows', read - aside.rows, 'amount', read * 61.17 - aside.amount, 'seconds', null),
           jsonb_build_object('stage', 'load', 'what', 'fact_transactions', 'rows', loaded, 'amount', case when loaded = 0 then 0 else read * 61.17 - aside.amount end, 'seconds', 0.28),
           jsonb_build_object('stage', 'reconcile', 'what', 'checks', 'rows', 14, 'amount', null, 'seconds', 0.09)),
       case when n = 24 then format('The check source_agrees failed: USD: the source counted %s rows, %s were read.', read + 1, read) end
from generate_series(1, 40) n
cross join lateral (select count(*) as rows, coalesce(sum(amount), 0) as amount from set_aside where n % 7 = 2) aside
cross join lateral (select 90 + 17 * n % 53 as read) r
cross join lateral (select case when n = 24 then 0 else read - aside.rows end as loaded) l;

insert into etl.check_result (run_id, name, severity, passed, failures, sample, detail)
select r.run_id, c.name, c.severity, c.failures = 0, c.failures, case when c.failures > 0 then array['1042', '20415', '77310'] else '{}' end, c.what
from etl.run r cross join lateral (values
    ('source_agrees', 'block', case when r.status = 'failed' then 1 else 0 end, 'Rows and sum read are what the source itself counted in the same snapshot.'),
    ('nothing_lost', 'block', 0, 'Read = loaded + quarantined + already known, rows and sum.'),
    ('aggregates_agree', 'block', 0, 'The aggregates grew by what was loaded, rows and sum.'),
    ('orphan', 'block', 0, 'A fact of this run points at a dimension row that does not exist.'),
    ('amount_not_positive', 'quarantine', sign(r.rows_quarantined)::integer, 'The amount is zero, or negative without being a refund or reversal.'),
    ('date_before_2000', 'quarantine', sign(r.rows_quarantined)::integer, 'The transaction date is before 2000.'),
    ('currency_unknown', 'quarantine', sign(r.rows_quarantined)::integer, 'The currency is not three capital letters (ISO 4217).'),
    ('unknown_merchant', 'warn', (r.run_id % 9 / 8)::integer, 'MongoDB has no such merchant: loaded with an inferred member.'),
    ('duplicate_email', 'warn', (r.run_id % 13 / 12)::integer, 'The customer''s e-mail address is another customer''s, too.')) as c (name, severity, failures, what)
where r.kind = 'batch';

insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, amount, payload, content_hash, status, rejected_at, decided_at, fixed_payload, fixed_at)
select r.run_id, 'transactions', 'ledger', (90000 + n)::text, c.name, c.reason, c.amount,
       jsonb_build_object('transaction_id', (90000 + n)::text, 'customer_id', n, 'amount', c.amount, 'currency', case when c.place = 2 then 'usd' else 'USD' end,
           'merchant_name', case when n = 5 then '<script>alert(1)</script>' else 'Harbor Market' end, 'occurred_at', case when c.place = 1 then '1999-12-31T23:59:50+00:00' else '2026-03-15T01:26:50+00:00' end),
       sha256(int4send(n)), case when n % 9 = 0 then 'discarded' when n % 7 = 0 then 'replayed' else 'open' end, r.finished_at,
       case when n % 9 = 0 or n % 7 = 0 then now() - interval '2 minutes' end,
       case when n = 1 then jsonb_build_object('transaction_id', '90001', 'customer_id', 3, 'amount', 19.90, 'currency', 'USD', 'merchant_name', 'Harbor Market', 'occurred_at', '2026-03-15T01:26:50+00:00') end, case when n = 1 then now() - interval '11 minutes' end
from etl.run r cross join set_aside c cross join lateral (select (r.run_id::integer - 3) / 7 * 3 + c.place + 1 as n) k
where r.rows_quarantined > 0
order by n;
insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
select 2, 'transactions:' || n % 8, 'stream', (1767225600000 + n) || '-0', 'malformed', 'The entry is no JSON: unexpected end at byte 41.', '\x00000001'::bytea || sha256(int4send(n)), sha256(int4send(n))
from generate_series(1, 6) n;

insert into etl.watermark (source_system, entity, last_id, updated_at, read_at, newest_event) values ('ledger', 'transactions', 104213, now() - interval '30 seconds', now() - interval '30 seconds', now() - interval '40 seconds');
insert into etl.watermark_gap (source_system, entity, ids, noticed_at) values ('ledger', 'transactions', '[104180,104183)', now() - interval '4 minutes');
insert into etl.source_audit values ('ledger', now() - interval '5 hours', 6400, 391488.00, 6400, 391488.00, 0, 0, 0, false);
insert into etl.live_audit values ('minutes', now() - interval '40 seconds', 120, 0, 81230, 0, null, '{}'), ('customers', now() - interval '70 seconds', 25, 0, 19400, 0, null, '{}');

insert into etl.command (name, arguments, requested_by, requested_at, started_at, finished_at, answer, progress, outcome) values
    ('run', '{}', 'Maria', now() - interval '335 seconds', now() - interval '333 seconds', now() - interval '328 seconds', (select jsonb_build_object('message', format('Run %s loaded %s rows, %s in all.', run_id, rows_loaded, to_char(amount_loaded, 'FM999,990.00'))) from etl.run where trigger = 'dashboard'), null, 'succeeded'),
    ('rejected replay', '{"ids":[1]}', 'Ken', now() - interval '14 minutes', now() - interval '839 seconds', now() - interval '838 seconds', '{"message":"Row 1 has no correction yet: nothing was replayed."}', null, 'failed'),
    ('audit', '{"repair":false}', 'Maria', now() - interval '20 seconds', now() - interval '19 seconds', null, null, '{"doing":"comparing blocks with the source","rows":41000,"of":104213}', null),
    ('run', '{"full":true}', 'Priya', now() - interval '5 seconds', null, null, null, null, null);

insert into etl.webhook_target (target, min_severity) values ('case-management', 'high'), ('on-call', 'critical');
insert into etl.webhook_delivery (target, transaction_id, source_system, event_key, payload, status, attempts, created_at, decided_at, last_error)
select 'case-management', transaction_id, source_system, md5(transaction_id), '{}', case place when 0 then 'pending' when 1 then 'dead' else 'delivered' end, 1 + place % 3, committed_at,
       case when place > 0 then committed_at + interval '2 s' end, case when place < 2 then 'The receiver answered 503.' end
from (select a.*, right(transaction_id, 6)::integer % 9 as place from dw.fact_fraud_alerts a where severity in ('high', 'critical')) a;
insert into etl.stream_checkpoint (stream, last_entry, entries_read, owner, updated_at)
select 'transactions:' || n, (extract(epoch from now()) * 1000)::bigint || '-0', 1500 + 17 * n, 'worker-1', now() from generate_series(0, 7) n;

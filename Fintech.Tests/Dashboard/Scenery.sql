-- Eight weeks of a small payments business, as the worker would have left them: so that every page has something to show in every
-- state. The same rows each time but for the clock: what is drawn by lot is drawn by a hash of the row's number.
create function pg_temp.lot(number bigint, what text) returns double precision language sql immutable
as $$ select (hashtextextended(what || number, 7) & 9007199254740991) / 9007199254740992.0 $$;

create function pg_temp.bell(number bigint, what text) returns double precision language sql immutable
as $$ select sqrt(-2 * ln(1 - pg_temp.lot(number, what || 'u'))) * cos(2 * pi() * pg_temp.lot(number, what || 'v')) $$;

create temp table category (place, name, median, sigma, below) as values
    (1, 'Groceries', 32, 0.75, 0.26), (2, 'Restaurants', 24, 0.65, 0.45), (3, 'Fuel', 52, 0.40, 0.56), (4, 'Entertainment', 18, 0.70, 0.66),
    (5, 'Fashion', 58, 0.70, 0.75), (6, 'Health', 28, 0.80, 0.82), (7, 'Electronics', 140, 0.95, 0.88), (8, 'Travel', 210, 0.90, 0.94),
    (9, 'Utilities', 85, 0.50, 0.98), (10, 'Luxury', 480, 0.80, 1.01);

-- Among the names the longest that fits a sign, one with markup in it, one from right to left.
insert into dw.dim_merchant (merchant_name, category, is_inferred)
select case when n = 3 and c.place = 2 then 'The Extraordinarily Long-Winded Restaurant and Conservatory of the Upper Harbour District'
            when n = 2 and c.place = 5 then '<b>O''Brien</b> & Söhne "Tailors"'
            when n = 4 and c.place = 1 then 'متجر الميناء'
            else (array['Harbor', 'Northgate', 'Old Mill', 'Sunrise', 'Willow', 'Cedar'])[n] || ' '
                || (array['Market', 'Kitchen', 'Fuel', 'Cinema', 'Outfitters', 'Pharmacy', 'Electronics', 'Hotels', 'Energy', 'Jewellers'])[c.place] end,
       c.name, n = 6
from category c cross join generate_series(1, 6) n;

insert into dw.dim_customer (customer_id, first_name, last_name_mask, email_mask, pii_key_version, signup_date, is_inferred, privacy_policy)
select n, (array['A', 'B', 'C', 'D', 'E', 'J', 'K', 'L', 'M', 'S'])[1 + n % 10] || '***', (array['G', 'H', 'N', 'P', 'T'])[1 + n % 5] || '***',
       'a***@***.org', 1, current_date - 90 - n % 700, n % 50 = 0, 'mmm'
from generate_series(1, 15001) n;

-- Most come at midday and in the evening. The last twenty minutes have twenty a second, as where the live page is looked at; the eight weeks
-- before them are those of a few hundred customers who come often enough to have habits.
create temp table drawn as
select n, case when n <= 11000
               then date_trunc('day', now()) - (n % 56) * interval '1 day'
                    + case when pg_temp.lot(n, 'night') < 0.06 then 24 * pg_temp.lot(n, 'hour')
                           else greatest(0, least(23.99, 14.5 + 4.2 * pg_temp.bell(n, 'hour'))) end * interval '1 hour'
               else now() - pg_temp.lot(n, 'minute') * interval '20 minutes' end as occurred_at,
       pg_temp.lot(n, 'high') < case when n <= 11000 then 0.012 else 0.0015 end as high,
       (select min(place) from category where below > pg_temp.lot(n, 'category')) as place
from generate_series(1, 35000) n;

create temp table made as
select d.n, d.occurred_at, d.occurred_at < now() - interval '1 day' and d.n % 5 < 2 as batch, k.name as category,
       case when d.high or pg_temp.lot(d.n, 'type') > 0.03 then 'purchase' when pg_temp.lot(d.n, 'type') < 0.025 then 'refund' else 'reversal' end as type,
       case when not d.high and pg_temp.lot(d.n, 'currency') < 0.1 then 'EUR' else 'USD' end as currency,
       round(case when d.high then 3000 * exp(0.35 * abs(pg_temp.bell(d.n, 'much')))
                  else least(2900, greatest(0.5, k.median * exp(k.sigma * pg_temp.bell(d.n, 'amount')))) end::numeric, 2) as amount,
       case when d.high or d.n <= 11000 then 1 + floor(400 * pg_temp.lot(d.n, 'customer') ^ 1.7) else 1 + floor(15000 * pg_temp.lot(d.n, 'customer')) end::bigint as customer_id
from drawn d join category k using (place)
where d.occurred_at < now()
-- One customer's card in other hands: six weeks of habit, then eight purchases in nine minutes, the last a large one.
union all
select 900000 + n, now() - n * interval '22 hours 10 minutes', false, (array['Groceries', 'Restaurants', 'Fashion', 'Fuel'])[1 + n % 4], 'purchase', 'USD', round((120 + 35 * pg_temp.bell(n, 'habit'))::numeric, 2), 15001
from generate_series(2, 43) n
union all
select 900100 + n, now() - interval '35 minutes' - (8 - n) * interval '75 seconds', false, case when n = 8 then 'Travel' else 'Electronics' end, 'purchase', 'USD', case when n = 8 then 4500 else 40 + 9.25 * n end, 15001
from generate_series(1, 8) n;

insert into dw.fact_transactions (transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, terminal_id, load_id, stream_entry)
select 'tx-' || lpad(d.n::text, 6, '0'), case when d.batch then 'ledger' else 'stream' end, d.type, c.customer_key, m.merchant_key,
       to_char(d.occurred_at at time zone 'UTC', 'YYYYMMDD')::integer, d.occurred_at,
       case when d.batch then date_trunc('hour', d.occurred_at) + interval '1 hour' else d.occurred_at + (1 + pg_temp.lot(d.n, 'late')) * interval '0.2 s' end,
       case when d.type = 'purchase' then d.amount else -d.amount end, d.currency,
       'T-' || 1000 + d.n % 37, case when d.batch then 4 + d.n % 40 else 2 end, case when not d.batch then 'transactions:' || d.n % 8 || '/' || (extract(epoch from d.occurred_at) * 1000)::bigint || '-' || d.n end
from made d
join dw.dim_customer c using (customer_id)
join lateral (select merchant_key from dw.dim_merchant where category = d.category order by merchant_key offset floor(6 * pg_temp.lot(d.n, 'merchant') ^ 1.4) limit 1) m on true;

-- Scored as the worker does it (docs/rules.md), by the rules of SceneryBooks.sql: what a row says, what its reasons say and what the customer
-- did before it are one story.
create function pg_temp.score(value numeric, threshold numeric) returns integer language sql immutable
as $$ select round(50 + 50 * least(1, ln(value / threshold) / ln(2) / 2))::integer $$;

create function pg_temp.severity(score integer) returns text language sql immutable
as $$ select case when score < 50 then 'low' when score < 65 then 'medium' when score < 85 then 'high' else 'critical' end $$;

create temp table seen as
select n, occurred_at, customer_id, type, currency, amount, batch,
       case when occurred_at < now() - interval '40 days' then 1 when occurred_at < now() - interval '20 days' then 2 else 3 end as version,
       count(*) filter (where type = 'purchase') over (partition by customer_id order by occurred_at range between interval '10 minutes' preceding and current row) as purchases,
       count(*) filter (where type = 'purchase' and currency = 'USD') over before as history,
       round(avg(amount) filter (where type = 'purchase' and currency = 'USD') over before, 2) as mean,
       round(coalesce(stddev_samp(amount) filter (where type = 'purchase' and currency = 'USD') over before, 0), 2) as deviation
from made
window before as (partition by customer_id order by occurred_at, n rows between unbounded preceding and 1 preceding);

create temp table hit as
select s.n, h.place, h.rule, h.input, h.value, h.threshold, h.unit, pg_temp.score(h.value, h.threshold) as score,
       coalesce(h.severity, pg_temp.severity(pg_temp.score(h.value, h.threshold))) as severity, h.inputs
from seen s
cross join lateral (select greatest(200, s.mean + 10 * greatest(s.deviation, 0.05 * s.mean))::numeric(14,2) as spike) t
cross join lateral (values
    (1, 'high-value', 'amount', s.amount, case when s.version = 1 then 2500 else 3000 end, s.currency, null, null, s.currency = 'USD'),
    (2, 'velocity', 'purchases', s.purchases, 5, 'purchases', 'high', '{"window_seconds":600}'::jsonb, s.version = 3),
    (3, 'spend-spike', 'amount', s.amount, t.spike, s.currency, null,
        jsonb_build_object('mean', s.mean, 'deviation', s.deviation, 'deviations', 10, 'history', s.history, 'minimum_amount', 200), s.version = 3 and s.currency = 'USD' and s.history >= 10)
) as h (place, rule, input, value, threshold, unit, severity, inputs, applies)
where not s.batch and s.type = 'purchase' and h.applies and h.value > h.threshold;

insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version, hits,
    occurred_at, received_at, scored_at, committed_at, trace_id, load_id)
select f.transaction_id, f.source_system, f.customer_key, f.merchant_key, f.date_key, f.amount, f.currency, h.severity, h.score, s.version, h.hits,
       f.occurred_at, f.received_at, f.received_at + interval '18 ms', f.received_at + interval '61 ms', md5(f.transaction_id), f.load_id
from (
    select n, round(100 * (1 - exp(sum(ln(greatest(1e-9, 1 - score / 100.0))))))::smallint as score,
           (array['low', 'medium', 'high', 'critical'])[max(array_position(array['low', 'medium', 'high', 'critical'], severity))] as severity,
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object('rule', rule, 'input', input, 'value', value, 'threshold', threshold, 'unit', unit, 'score', score, 'weight', 50, 'severity', severity, 'inputs', inputs)) order by place) as hits
    from hit group by n
) h
join seen s using (n)
join dw.fact_transactions f on f.transaction_id = 'tx-' || lpad(s.n::text, 6, '0') and f.source_system = 'stream';

insert into dw.agg_minute_total (minute, currency, slot, transactions, amount, alerts)
select minute, currency, slot, count(*), sum(amount), count(alert)
from (
    select case when f.stream_entry is null then date_trunc('minute', f.occurred_at) else date_trunc('minute', f.received_at) end as minute, f.currency,
           case when f.stream_entry is null then -1 else substr(f.stream_entry, 14, 1)::smallint end as slot, f.amount, a.transaction_id as alert
    from dw.fact_transactions f left join dw.fact_fraud_alerts a using (transaction_id, source_system)
) f group by 1, 2, 3;
insert into dw.agg_minute_category (minute, category, currency, slot, transactions, amount)
select case when f.stream_entry is null then date_trunc('minute', f.occurred_at) else date_trunc('minute', f.received_at) end, m.category, f.currency,
       case when f.stream_entry is null then -1 else substr(f.stream_entry, 14, 1)::smallint end, count(*), sum(f.amount)
from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) group by 1, 2, 3, 4;

insert into dw.alert_shown (transaction_id, source_system, shown_at)
select transaction_id, source_system, committed_at + interval '140 ms' from dw.fact_fraud_alerts where pg_temp.lot(right(transaction_id, 6)::bigint, 'shown') < 0.8;

-- Every state: most of the old ones are decided, those of the last hours wait. A comment fits what it says of the customer.
insert into dw.alert_disposition (transaction_id, source_system, status, comment, actor, created_at)
select transaction_id, source_system, case when not decided then 'acknowledged' when fraud then 'confirmed_fraud' else 'false_positive' end,
       case when decided then (case when fraud then array['The customer does not know this merchant; the card is blocked.', 'Same terminal as the two before it.', null]
                                    else array['Called: furnishes a flat.', 'On a journey, as last year.', null] end)[1 + n % 3] end,
       (array['Maria', 'Ken', 'Priya'])[1 + n % 3], committed_at + (4 + n % 40) * interval '1 minute'
from (
    select a.*, t.n, a.committed_at < now() - interval '1 day' and pg_temp.lot(t.n, 'decided') < 0.75 as decided, pg_temp.lot(t.n, 'fraud') < 0.35 as fraud
    from dw.fact_fraud_alerts a cross join lateral (select right(a.transaction_id, 6)::integer as n) t
) seen
where committed_at < now() - interval '50 minutes' and pg_temp.lot(n, 'looked at') < case when committed_at < now() - interval '1 day' then 0.85 else 0.3 end;

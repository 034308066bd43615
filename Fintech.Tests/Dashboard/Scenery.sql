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
from generate_series(1, 400) n;

-- Most come at midday and in the evening. The last hour is denser, as it would be where the live page is looked at.
create temp table drawn as
select n, case when n <= 9000
               then date_trunc('day', now()) - (n % 56) * interval '1 day'
                    + case when pg_temp.lot(n, 'night') < 0.06 then 24 * pg_temp.lot(n, 'hour')
                           else greatest(0, least(23.99, 14.5 + 4.2 * pg_temp.bell(n, 'hour'))) end * interval '1 hour'
               when n <= 12000 then now() - pg_temp.lot(n, 'day') * interval '24 hours'
               else now() - pg_temp.lot(n, 'minute') ^ 1.6 * interval '1 hour' end as occurred_at,
       (select min(place) from category where below > pg_temp.lot(n, 'category')) as place
from generate_series(1, 16000) n;

insert into dw.fact_transactions (transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, terminal_id, load_id, stream_entry)
select 'tx-' || lpad(d.n::text, 6, '0'), case when d.batch then 'ledger' else 'stream' end, d.type, c.customer_key, m.merchant_key,
       to_char(d.occurred_at at time zone 'UTC', 'YYYYMMDD')::integer, d.occurred_at,
       case when d.batch then date_trunc('hour', d.occurred_at) + interval '1 hour' else d.occurred_at + (1 + pg_temp.lot(d.n, 'late')) * interval '0.2 s' end,
       case when d.type = 'purchase' then d.amount else -d.amount end, d.currency,
       'T-' || 1000 + d.n % 37, 1 + d.n % 30, case when not d.batch then 'transactions:' || d.n % 8 || '/' || (extract(epoch from d.occurred_at) * 1000)::bigint || '-' || d.n end
from (
    select d.n, d.occurred_at, d.occurred_at < now() - interval '1 day' and d.n % 5 < 2 as batch, k.name,
           case when pg_temp.lot(d.n, 'type') < 0.025 then 'refund' when pg_temp.lot(d.n, 'type') < 0.03 then 'reversal' else 'purchase' end as type,
           case when pg_temp.lot(d.n, 'currency') < 0.1 then 'EUR' else 'USD' end as currency,
           round((case when pg_temp.lot(d.n, 'high') < 0.012 then 3000 + 900 * abs(pg_temp.bell(d.n, 'much'))
                       else least(2900, greatest(0.5, k.median * exp(k.sigma * pg_temp.bell(d.n, 'amount')))) end)::numeric, 2) as amount
    from drawn d join category k using (place)
    where d.occurred_at < now()
) d
join dw.dim_customer c on c.customer_id = 1 + floor(400 * pg_temp.lot(d.n, 'customer') ^ 1.7)
join lateral (select merchant_key from dw.dim_merchant where category = d.name order by merchant_key offset floor(6 * pg_temp.lot(d.n, 'merchant') ^ 1.4) limit 1) m on true;

insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version, hits,
    occurred_at, received_at, scored_at, committed_at, trace_id, load_id)
select transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency,
       case when score < 50 then 'low' when score < 65 then 'medium' when score < 85 then 'high' else 'critical' end, score,
       case when occurred_at < now() - interval '20 days' then 2 else 3 end, hits,
       occurred_at, received_at, received_at + interval '18 ms', received_at + interval '61 ms', md5(transaction_id), load_id
from (
    select f.*, h.score, h.hits
    from dw.fact_transactions f
    cross join lateral (select right(f.transaction_id, 6)::bigint as n) t
    cross join lateral (
        select case when f.amount > 3000 then least(99, 50 + round(25 * log(2, f.amount / 3000)) + 12 * (t.n % 3)) else 35 + t.n % 45 end::smallint as score,
               case when f.amount > 3000
                    then jsonb_build_array(jsonb_build_object('rule', 'high-value', 'input', 'amount', 'value', f.amount, 'threshold', 3000.00, 'unit', f.currency, 'score', 62, 'weight', 50, 'severity', 'high'))
                    else '[]' end
               || case when f.amount <= 3000 and t.n % 2 = 0 or f.amount > 3000 and t.n % 3 = 2
                    then jsonb_build_array(jsonb_build_object('rule', 'spend-spike', 'input', 'amount', 'value', f.amount, 'threshold', round(f.amount * 0.4, 2), 'unit', f.currency, 'score', 58, 'weight', 50, 'severity', 'medium',
                         'inputs', jsonb_build_object('mean', round(f.amount * 0.2, 2), 'deviation', round(f.amount * 0.05, 2), 'deviations', 4, 'history', 41, 'minimum_amount', 200)))
                    when f.amount <= 3000
                    then jsonb_build_array(jsonb_build_object('rule', 'velocity', 'input', 'purchases', 'value', 7, 'threshold', 5, 'unit', 'purchases', 'score', 54, 'weight', 50, 'severity', 'high', 'inputs', jsonb_build_object('window', '00:10:00')))
                    else '[]' end as hits
    ) h
    where f.stream_entry is not null and f.type = 'purchase' and (f.amount > 3000 or pg_temp.lot(t.n, 'other rule') < 0.008)
) alerting;

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

-- Every state: most of the old ones are decided, those of the last hours wait.
insert into dw.alert_disposition (transaction_id, source_system, status, comment, actor, created_at)
select transaction_id, source_system, case when not decided then 'acknowledged' when fraud then 'confirmed_fraud' else 'false_positive' end,
       case when decided then (array['The customer does not know this merchant; the card is blocked.', 'Called: furnishes a flat.', null])[1 + n % 3] end,
       (array['Maria', 'Ken', 'Priya'])[1 + n % 3], committed_at + (4 + n % 40) * interval '1 minute'
from (
    select a.*, t.n, a.committed_at < now() - interval '1 day' and pg_temp.lot(t.n, 'decided') < 0.75 as decided, pg_temp.lot(t.n, 'fraud') < 0.35 as fraud
    from dw.fact_fraud_alerts a cross join lateral (select right(a.transaction_id, 6)::integer as n) t
) seen
where committed_at < now() - interval '50 minutes' and pg_temp.lot(n, 'looked at') < case when committed_at < now() - interval '1 day' then 0.85 else 0.3 end;

-- What the numbers mean, once: the document of analysis/eda.cs, the notebook and the dashboard's history read these and nothing else,
-- so that they agree. What takes a period is a function of two moments, from (included) and to (excluded), in event time; the view of the same
-- name is the same over everything. The functions are plain SQL, which the planner inlines: a period reaches the scan of the facts.
set local role fintech_etl;

create schema analysis;
comment on schema analysis is 'Views for analysts: definitions of revenue, active customer, alert rate. Money is never added up across currencies; days and hours are UTC.';

-- A customer is shown under a name that tells nothing and stays the same. The salt is this warehouse's own and nobody reads it but the owner.
create table analysis.pseudonym_salt (
    only_row boolean primary key default true check (only_row),
    salt     bytea   not null
);
insert into analysis.pseudonym_salt (salt) values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
comment on table analysis.pseudonym_salt is 'Without it nobody can find out by trial whom a pseudonym stands for.';

create function analysis.pseudonym(customer_id bigint) returns text
language sql stable parallel safe security definer set search_path = pg_catalog
as $$ select 'C-' || upper(left(encode(sha256(salt || int8send($1)), 'hex'), 10)) from analysis.pseudonym_salt $$;
comment on function analysis.pseudonym is 'For example C-9F86D08188: the same customer is the same everywhere in this warehouse, and nowhere else.';

create view analysis.transaction as
select f.transaction_id, f.source_system, f.type, f.currency, f.customer_key, c.customer_id, f.merchant_key, m.merchant_name, m.category,
       f.occurred_at, f.received_at, f.load_id,
       case when f.stream_entry is null then 'batch' else 'stream' end as came_by,
       f.amount as revenue,
       case when f.type = 'purchase' then f.amount else 0 end as sales,
       case when f.type = 'purchase' then 0 else -f.amount end as refunds
from dw.fact_transactions f
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key);
comment on view analysis.transaction is 'Every transaction, whichever way it came. Unused dimensions cost nothing: the planner leaves them out.';
comment on column analysis.transaction.revenue is 'The definition of revenue: what a transaction adds to the books in its own currency. Purchases are positive, refunds and reversals negative.';
comment on column analysis.transaction.sales is 'Revenue of purchases alone.';
comment on column analysis.transaction.refunds is 'What was given back, as a positive amount: revenue = sales - refunds.';
comment on column analysis.transaction.came_by is 'batch or stream. Only what came by stream was scored while it happened.';

create function analysis.hourly(from_time timestamptz, to_time timestamptz)
returns table (hour timestamptz, currency text, category text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric, scored bigint)
language sql stable parallel safe
as $$
    select s.hour, s.currency, coalesce(s.category, 'Unknown'), s.transactions, s.purchases,
           s.revenue + coalesce(s.refunds, 0), coalesce(s.refunds, 0), s.revenue, s.scored
    from (
        select date_bin('1 hour', t.occurred_at, timestamptz '2000-01-01 00:00Z') as hour, t.currency, t.category,
               count(*) as transactions, count(*) filter (where t.type = 'purchase') as purchases,
               sum(t.refunds) filter (where t.type <> 'purchase') as refunds, sum(t.revenue) as revenue,
               count(*) filter (where t.came_by = 'stream') as scored
        from analysis.transaction t
        where t.occurred_at >= from_time and t.occurred_at < to_time
        group by 1, 2, 3
    ) s
$$;
create view analysis.hourly as select * from analysis.hourly('-infinity', 'infinity');
comment on view analysis.hourly is 'Hour x currency x merchant category.';
comment on column analysis.hourly.hour is 'Begin of the hour in which the transactions happened, UTC.';
comment on column analysis.hourly.scored is 'Transactions that came by stream, hence were scored by the rules: the denominator of the alert rate.';

create function analysis.alerts(from_time timestamptz, to_time timestamptz)
returns table (day date, currency text, alerts bigint, amount numeric, confirmed bigint, dismissed bigint)
language sql stable parallel safe
as $$
    select (a.occurred_at at time zone 'UTC')::date, a.currency, count(*), sum(a.amount),
           count(*) filter (where d.status = 'confirmed_fraud'), count(*) filter (where d.status = 'false_positive')
    from dw.fact_fraud_alerts a
    left join lateral (
        select d.status from dw.alert_disposition d
        where d.transaction_id = a.transaction_id and d.source_system = a.source_system
        order by d.disposition_id desc limit 1) d on true
    where a.occurred_at >= from_time and a.occurred_at < to_time
    group by 1, 2
$$;
create view analysis.alerts as select * from analysis.alerts('-infinity', 'infinity');
comment on view analysis.alerts is 'Alerts per day on which the transaction happened.';
comment on column analysis.alerts.confirmed is 'Those whose newest disposition is confirmed_fraud.';
comment on column analysis.alerts.dismissed is 'Those whose newest disposition is false_positive.';

create function analysis.daily(from_time timestamptz, to_time timestamptz)
returns table (day date, currency text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric, scored bigint, alerts bigint, alert_rate numeric)
language sql stable parallel safe
as $$
    select d.day, d.currency, d.transactions, d.purchases, d.sales, d.refunds, d.revenue, d.scored, coalesce(a.alerts, 0),
           coalesce(a.alerts, 0)::numeric / nullif(d.scored, 0)
    from (
        select (h.hour at time zone 'UTC')::date as day, h.currency, sum(h.transactions)::bigint as transactions, sum(h.purchases)::bigint as purchases,
               sum(h.sales) as sales, sum(h.refunds) as refunds, sum(h.revenue) as revenue, sum(h.scored)::bigint as scored
        from analysis.hourly(from_time, to_time) h
        group by 1, 2
    ) d
    left join analysis.alerts(from_time, to_time) a using (day, currency)
$$;
create view analysis.daily as select * from analysis.daily('-infinity', 'infinity');
comment on view analysis.daily is 'Day x currency.';
comment on column analysis.daily.alert_rate is 'The definition of the alert rate: alerts / scored transactions, both by event time; null where nothing was scored. Batch rows are not scored and do not count.';

-- Grouped by keys first and by whom they stand for after: so the join meets thousands of rows, not millions.
create function analysis.customer_value(from_time timestamptz, to_time timestamptz)
returns table (customer_id bigint, currency text, purchases bigint, sales numeric, refunds numeric, revenue numeric, largest numeric)
language sql stable parallel safe
as $$
    select c.customer_id, s.currency, sum(s.purchases)::bigint, sum(s.revenue) + coalesce(sum(s.refunds), 0), coalesce(sum(s.refunds), 0), sum(s.revenue),
           case when sum(s.purchases) > 0 then max(s.largest) end
    from (
        select t.customer_key, t.currency, count(*) filter (where t.type = 'purchase') as purchases,
               sum(t.refunds) filter (where t.type <> 'purchase') as refunds, sum(t.revenue) as revenue, max(t.revenue) as largest
        from analysis.transaction t
        where t.occurred_at >= from_time and t.occurred_at < to_time
        group by 1, 2
    ) s
    join dw.dim_customer c using (customer_key)
    where c.customer_id is not null
    group by 1, 2
$$;
create view analysis.customer_value as select * from analysis.customer_value('-infinity', 'infinity');
comment on view analysis.customer_value is 'Customer x currency, all versions of a customer together; transactions that name no customer are not in it.';
comment on column analysis.customer_value.customer_id is 'For counting and joining. What is shown to people is analysis.pseudonym(customer_id).';
comment on column analysis.customer_value.largest is 'The largest transaction that brought money in; null without a purchase.';
comment on column analysis.customer_value.purchases is 'The definition of an active customer: at least one purchase in the period.';

create function analysis.amounts(from_time timestamptz, to_time timestamptz)
returns table (currency text, amount numeric, purchases bigint)
language sql stable parallel safe
as $$
    select t.currency, t.revenue, count(*)
    from analysis.transaction t
    where t.type = 'purchase' and t.revenue > 0 and t.occurred_at >= from_time and t.occurred_at < to_time
    group by 1, 2
$$;
create view analysis.amounts as select * from analysis.amounts('-infinity', 'infinity');
comment on view analysis.amounts is 'How many purchases of each amount, to the cent: from it follow quantiles, histogram and thresholds, exactly and without sorting every row.';

create function analysis.rule_hits(from_time timestamptz, to_time timestamptz)
returns table (day date, rule text, currency text, alerts bigint, amount numeric)
language sql stable parallel safe
as $$
    select (a.occurred_at at time zone 'UTC')::date, h.rule, a.currency, count(*), sum(a.amount)
    from dw.fact_fraud_alerts a
    cross join lateral (select distinct hit ->> 'rule' as rule from jsonb_array_elements(a.hits) as hit) h
    where a.occurred_at >= from_time and a.occurred_at < to_time
    group by 1, 2, 3
$$;
create view analysis.rule_hits as select * from analysis.rule_hits('-infinity', 'infinity');
comment on view analysis.rule_hits is 'Day x rule x currency. An alert that several rules raised counts for each of them: do not add up over rules.';

-- Most rows came by batch, long after: what is true of them is asked first.
create function analysis.arrivals(from_time timestamptz, to_time timestamptz)
returns table (load_id bigint, came_by text, delay smallint, after_its_day boolean, transactions bigint)
language sql stable parallel safe
as $$
    select t.load_id, t.came_by,
           case when t.received_at >= t.occurred_at + interval '24 hours' then 7
                when t.received_at < t.occurred_at then 0
                when t.received_at < t.occurred_at + interval '1 second' then 1
                when t.received_at < t.occurred_at + interval '10 seconds' then 2
                when t.received_at < t.occurred_at + interval '1 minute' then 3
                when t.received_at < t.occurred_at + interval '10 minutes' then 4
                when t.received_at < t.occurred_at + interval '1 hour' then 5
                else 6 end::smallint,
           t.received_at >= t.occurred_at + interval '24 hours'
               or t.received_at >= date_bin('24 hours', t.occurred_at, timestamptz '2000-01-01 00:00Z') + interval '24 hours',
           count(*)
    from analysis.transaction t
    where t.occurred_at >= from_time and t.occurred_at < to_time
    group by 1, 2, 3, 4
$$;
create view analysis.arrivals as select * from analysis.arrivals('-infinity', 'infinity');
comment on view analysis.arrivals is 'How long after the event transactions arrived, per run that wrote them.';
comment on column analysis.arrivals.delay is '0 = before the event (a clock is ahead), below 1 = 1 s, 2 = 10 s, 3 = 1 min, 4 = 10 min, 5 = 1 h, 6 = 24 h, 7 = later.';
comment on column analysis.arrivals.after_its_day is 'Arrived when the UTC day of the event was over: the day''s figures changed after its end.';

-- The books, without keys, contents or samples of rows. Views run with the rights of their owner, so an analyst needs none on etl.
create view analysis.run as
select r.run_id, r.kind, r.status, r.trigger, r.source_system, r.started_at, r.finished_at,
       r.rows_read, r.rows_loaded, r.rows_quarantined, r.rows_known, r.amount_read, r.amount_loaded, r.amount_quarantined, r.amount_known,
       r.rows_read = r.rows_loaded + r.rows_quarantined + r.rows_known
           and r.amount_read = r.amount_loaded + r.amount_quarantined + r.amount_known as balanced,
       coalesce(c.blocked, 0) as checks_blocked, coalesce(c.warned, 0) as checks_warned
from etl.run r
left join (
    select run_id, count(*) filter (where severity = 'block') as blocked, count(*) filter (where severity <> 'block') as warned
    from etl.check_result where not passed group by run_id
) c using (run_id)
where r.kind <> 'dry-run';
comment on view analysis.run is 'Batch passes, sessions of the stream, and commands that write facts, such as a repair by the audit; nothing that was only tried. Amounts are control totals over all currencies: for comparing, not for reporting.';
comment on column analysis.run.balanced is 'read = loaded + quarantined + already known, in rows and in amounts.';
comment on column analysis.run.checks_blocked is 'Failed checks of severity block.';

create view analysis.check_result as
select c.run_id, r.started_at, c.name, c.severity, c.passed, c.failures from etl.check_result c join etl.run r using (run_id) where r.kind = 'batch';
comment on view analysis.check_result is 'Every declared check of every batch pass.';

create view analysis.quarantine as
select date_bin('1 hour', rejected_at, timestamptz '2000-01-01 00:00Z') as hour, origin, check_name, status, count(*) as rows
from etl.rejected_row group by 1, 2, 3, 4;
comment on view analysis.quarantine is 'Rejected rows per hour of rejection, where they came from, reason and present state: never what is in them.';

create view analysis.rule as
select s.version, r ->> 'rule' as rule, coalesce((r ->> 'enabled')::boolean, true) as enabled,
       case when jsonb_typeof(r -> 'threshold') = 'number' then (r ->> 'threshold')::numeric end as threshold, r ->> 'currency' as currency
from (select version, rules from etl.rule_set order by version desc limit 1) s cross join lateral jsonb_array_elements(s.rules) r;
comment on view analysis.rule is 'The rules in force.';

-- Aggregates are written beside the facts by other code: that they agree says that neither lost a row.
create view analysis.reconciliation as
select currency, coalesce(f.transactions, 0) as facts, coalesce(f.revenue, 0) as facts_amount,
       coalesce(a.transactions, 0) as aggregated, coalesce(a.amount, 0) as aggregated_amount,
       (f.transactions, f.revenue) is not distinct from (a.transactions, a.amount) as agrees
from (select currency, count(*) as transactions, sum(revenue) as revenue from analysis.transaction group by 1) f
full join (select currency, sum(transactions)::bigint as transactions, sum(amount) as amount from dw.agg_minute_total group by 1 having sum(transactions) <> 0 or sum(amount) <> 0) a
using (currency);
comment on view analysis.reconciliation is 'Per currency, over everything: the facts against the minute totals that the live page shows.';

-- Without them the planner takes an hour for almost a key, and sorts every row; autovacuum never analyses a partitioned table itself.
create statistics dw.fact_transactions_hour on date_bin('1 hour', occurred_at, timestamptz '2000-01-01 00:00Z') from dw.fact_transactions;

grant usage on schema analysis to fintech_dashboard, fintech_analyst;
grant select on all tables in schema analysis to fintech_dashboard, fintech_analyst;
revoke all on analysis.pseudonym_salt from fintech_dashboard, fintech_analyst;
revoke execute on all functions in schema analysis from public;
grant execute on all functions in schema analysis to fintech_dashboard, fintech_analyst;

reset role;

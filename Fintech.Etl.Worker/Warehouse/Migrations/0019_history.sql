-- Roll-ups of the facts for the history page, the document and the notebook: brought up to date behind, by a service of the worker, and exact
-- nevertheless. Whoever commits facts marks their days in the same transaction; a roll-up says up to which marks it counts. Where the two agree
-- the functions of schema analysis read the roll-up, everywhere else the facts, in one snapshot: so no number depends on how far the service is.
-- They are keyed by surrogate keys where members may change; decision 012 has the reasons.
set local role fintech_etl;

create table dw.history_mark (
    day   date     not null,
    slot  smallint not null,
    marks bigint   not null,
    primary key (day, slot)
) with (fillfactor = 70);
comment on table dw.history_mark is 'Grows in the transaction of every change of the facts of a UTC day. The slot is the writer''s own (stream partition 0…, -1 a pass, -2 triggers), so that writers do not wait for one another.';

create table dw.history_span (
    unit      text        not null check (unit in ('day', 'month')),
    start     date        not null,
    until     date        not null,
    marks     bigint      not null,
    facts     bigint      not null,
    rolled_at timestamptz not null default clock_timestamp(),
    primary key (unit, start),
    check (start < until)
);
comment on table dw.history_span is 'What is rolled up: days for dw.history_hour, months for the others. Good for as long as marks is the sum of the marks of its days.';
comment on column dw.history_span.until is 'First day that is not in it: the present month ends with yesterday.';

create table dw.history_hour (
    day          date          not null,
    hour         timestamptz   not null,
    currency     text          not null,
    category     text          not null,
    transactions bigint        not null,
    purchases    bigint        not null,
    refunds      numeric(24,2) not null,
    revenue      numeric(24,2) not null,
    scored       bigint        not null,
    primary key (day, hour, currency, category)
);
create table dw.history_merchant (
    month        date          not null,
    currency     text          not null,
    merchant_key bigint        not null,
    transactions bigint        not null,
    purchases    bigint        not null,
    refunds      numeric(24,2) not null,
    revenue      numeric(24,2) not null,
    primary key (month, currency, merchant_key)
);
create table dw.history_customer (
    month        date          not null,
    currency     text          not null,
    customer_key bigint        not null,
    transactions bigint        not null,
    purchases    bigint        not null,
    refunds      numeric(24,2) not null,
    revenue      numeric(24,2) not null,
    largest      numeric(14,2) not null,
    primary key (month, currency, customer_key)
);
-- The best of a month are found without looking at the others.
create index history_customer_best on dw.history_customer (month, currency, revenue desc) include (customer_key);
comment on column dw.history_customer.customer_key is 'The first version of the customer stands for all: an erasure renames them together, a later version has a higher key.';

create table dw.history_amount (
    month     date          not null,
    currency  text          not null,
    category  text          not null,
    bin       smallint      not null,
    purchases bigint        not null,
    sales     numeric(24,2) not null,
    amounts   numeric(14,2)[] not null,
    counts    integer[]     not null,
    primary key (month, currency, category, bin)
);
comment on table dw.history_amount is 'Every amount of purchases with how often it occurs, in bins of a fiftieth of a decade: a quantile is looked for among the bins first, then in one.';
comment on column dw.history_amount.bin is 'analysis.amount_bin(amount)';

create table dw.history_inferred (
    unit         text   not null,
    start        date   not null,
    merchant_key bigint not null,
    primary key (unit, start, merchant_key)
);
create index history_inferred_merchant on dw.history_inferred (merchant_key);
comment on table dw.history_inferred is 'Inferred merchants that a span counts under the category they had: when one gets its own, the span is marked.';

-- Changes of facts that are no insert: a repair takes facts back, and somebody's hand may do anything. Inserts mark by themselves; a
-- trigger with their rows would cost a load of millions more than all its marks.
create function etl.mark_removed_history() returns trigger language plpgsql as $$
begin
    insert into dw.history_mark as h (day, slot, marks)
    select distinct (occurred_at at time zone 'UTC')::date, -2, 1 from before order by 1
    on conflict (day, slot) do update set marks = h.marks + 1;
    return null;
end
$$;
create function etl.mark_changed_history() returns trigger language plpgsql as $$
begin
    insert into dw.history_mark as h (day, slot, marks)
    select distinct (changed.occurred_at at time zone 'UTC')::date, -2, 1
    from (select occurred_at from before union all select occurred_at from after) changed order by 1
    on conflict (day, slot) do update set marks = h.marks + 1;
    return null;
end
$$;
create function etl.mark_all_history() returns trigger language plpgsql as $$
begin
    insert into dw.history_mark as h (day, slot, marks)
    select distinct day, -2, 1 from dw.history_mark order by 1
    on conflict (day, slot) do update set marks = h.marks + 1;
    return null;
end
$$;
create trigger mark_removed_history after delete on dw.fact_transactions
    referencing old table as before for each statement execute function etl.mark_removed_history();
create trigger mark_changed_history after update on dw.fact_transactions
    referencing old table as before new table as after for each statement execute function etl.mark_changed_history();
create trigger mark_all_history after truncate on dw.fact_transactions for each statement execute function etl.mark_all_history();

-- A roll-up counts a fact under the category its merchant has. An inferred merchant may get another one in place. Whoever changes one waits
-- here for the roll-up that is under way (it holds the lock alone), sees what it wrote, and marks it; none begins before he commits.
create function etl.mark_recategorised_history() returns trigger language plpgsql as $$
begin
    if not exists (select from before join after using (merchant_key) where before.category <> after.category) then
        return null;
    end if;
    perform pg_advisory_xact_lock_shared(3468325);
    if exists (select from before join after using (merchant_key) where before.category <> after.category and not before.is_inferred) then
        insert into dw.history_mark as h (day, slot, marks)
        select distinct day, -2, 1 from dw.history_mark order by 1
        on conflict (day, slot) do update set marks = h.marks + 1;
    else
        insert into dw.history_mark as h (day, slot, marks)
        select distinct i.start, -2, 1
        from dw.history_inferred i join before using (merchant_key) join after using (merchant_key)
        where before.category <> after.category
        order by 1
        on conflict (day, slot) do update set marks = h.marks + 1;
    end if;
    return null;
end
$$;
create trigger mark_recategorised_history after update on dw.dim_merchant
    referencing old table as before new table as after for each statement execute function etl.mark_recategorised_history();

-- Facts that are there already are rolled up like those of a load.
insert into dw.history_mark (day, slot, marks)
select distinct to_date(date_key::text, 'YYYYMMDD'), -1, 1 from dw.fact_transactions;

grant select on dw.history_mark, dw.history_span, dw.history_hour, dw.history_merchant, dw.history_customer, dw.history_amount, dw.history_inferred
    to fintech_dashboard, fintech_analyst;

create function analysis.amount_bin(amount numeric) returns smallint
language sql immutable parallel safe
-- Fifths of the tenth of a decade that the histogram shows; held within it, whatever the rounding of logarithms.
as $$ select (floor(log($1::double precision) * 10) * 5
    + least(4, greatest(0, floor(log($1::double precision) * 50) - floor(log($1::double precision) * 10) * 5)))::smallint $$;

create function analysis.history_rolled(of_unit text, from_time timestamptz, to_time timestamptz)
returns table (start date, low timestamptz, high timestamptz)
language sql stable parallel safe
as $$
    select s.start, s.start::timestamp at time zone 'UTC', s.until::timestamp at time zone 'UTC'
    from dw.history_span s
    where s.unit = of_unit and s.start::timestamp at time zone 'UTC' >= from_time and s.until::timestamp at time zone 'UTC' <= to_time
      and s.marks = (select coalesce(sum(m.marks), 0) from dw.history_mark m where m.day >= s.start and m.day < s.until)
$$;
comment on function analysis.history_rolled is 'Spans that lie in the period as a whole and whose roll-up counts every fact there is.';

-- Facts are read range by range: "offset 0" keeps the planner from reading all of them first, and comparing them with ranges after.
create function analysis.history_open(of_unit text, from_time timestamptz, to_time timestamptz)
returns table (low timestamptz, high timestamptz)
language sql stable parallel safe
as $$
    select o.low, o.high
    from (
        select coalesce(lag(r.high) over (order by r.low), from_time) as low, r.low as high
        from (select r.low, r.high from analysis.history_rolled(of_unit, from_time, to_time) r union all select to_time, null) r
    ) o
    where o.low < o.high
$$;
comment on function analysis.history_open is 'What remains of the period: there the facts are read.';

create or replace function analysis.hourly(from_time timestamptz, to_time timestamptz)
returns table (hour timestamptz, currency text, category text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric, scored bigint)
language sql stable parallel safe
as $$
    select h.hour, h.currency, h.category, h.transactions, h.purchases, h.revenue + h.refunds, h.refunds, h.revenue, h.scored
    from dw.history_hour h
    where h.day = any (array(select r.start from analysis.history_rolled('day', from_time, to_time) r))
    union all
    select s.hour, s.currency, coalesce(s.category, 'Unknown'), s.transactions, s.purchases,
           s.revenue + coalesce(s.refunds, 0), coalesce(s.refunds, 0), s.revenue, s.scored
    from (
        select date_bin('1 hour', t.occurred_at, timestamptz '2000-01-01 00:00Z') as hour, t.currency, t.category,
               count(*) as transactions, count(*) filter (where t.type = 'purchase') as purchases,
               sum(t.refunds) filter (where t.type <> 'purchase') as refunds, sum(t.revenue) as revenue,
               count(*) filter (where t.came_by = 'stream') as scored
        from analysis.history_open('day', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        group by 1, 2, 3
    ) s
$$;

create or replace function analysis.customer_value(from_time timestamptz, to_time timestamptz)
returns table (customer_id bigint, currency text, purchases bigint, sales numeric, refunds numeric, revenue numeric, largest numeric)
language sql stable parallel safe
as $$
    select c.customer_id, s.currency, sum(s.purchases)::bigint, sum(s.revenue) + coalesce(sum(s.refunds), 0), coalesce(sum(s.refunds), 0), sum(s.revenue),
           case when sum(s.purchases) > 0 then max(s.largest) end
    from (
        select h.customer_key, h.currency, sum(h.purchases) as purchases, sum(h.refunds) as refunds, sum(h.revenue) as revenue, max(h.largest) as largest
        from dw.history_customer h
        where h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
        group by 1, 2
        union all
        select t.customer_key, t.currency, count(*) filter (where t.type = 'purchase'),
               sum(t.refunds) filter (where t.type <> 'purchase'), sum(t.revenue), max(t.revenue)
        from analysis.history_open('month', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        group by 1, 2
    ) s
    join dw.dim_customer c using (customer_key)
    where c.customer_id is not null
    group by 1, 2
$$;

create or replace function analysis.amounts(from_time timestamptz, to_time timestamptz)
returns table (currency text, amount numeric, purchases bigint)
language sql stable parallel safe
as $$
    select s.currency, s.amount, sum(s.purchases)::bigint
    from (
        select h.currency, u.amount, u.purchases
        from dw.history_amount h cross join lateral unnest(h.amounts, h.counts) as u (amount, purchases)
        where h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
        union all
        select t.currency, t.revenue, count(*)
        from analysis.history_open('month', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        where t.type = 'purchase' and t.revenue > 0
        group by 1, 2
    ) s
    group by 1, 2
$$;

create function analysis.amount_bins(from_time timestamptz, to_time timestamptz)
returns table (currency text, category text, bin smallint, purchases bigint, sales numeric)
language sql stable parallel safe
as $$
    select h.currency, h.category, h.bin, h.purchases, h.sales
    from dw.history_amount h
    where h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
    union all
    select t.currency, coalesce(t.category, 'Unknown'), analysis.amount_bin(t.revenue), count(*), sum(t.revenue)
    from analysis.history_open('month', from_time, to_time) o
    cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
    where t.type = 'purchase' and t.revenue > 0
    group by 1, 2, 3
$$;
comment on function analysis.amount_bins is 'The purchases of analysis.amounts by category and fiftieth of a decade; a bin comes in several rows.';

create function analysis.amounts_in(from_time timestamptz, to_time timestamptz, of_bins smallint[])
returns table (currency text, category text, bin smallint, amount numeric, purchases bigint)
language sql stable parallel safe
as $$
    select h.currency, h.category, h.bin, u.amount, u.purchases::bigint
    from dw.history_amount h cross join lateral unnest(h.amounts, h.counts) as u (amount, purchases)
    where h.bin = any(of_bins) and h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
    union all
    select t.currency, coalesce(t.category, 'Unknown'), analysis.amount_bin(t.revenue), t.revenue, count(*)
    from analysis.history_open('month', from_time, to_time) o
    cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
    where t.type = 'purchase' and t.revenue > 0 and analysis.amount_bin(t.revenue) = any(of_bins)
    group by 1, 2, 3, 4
$$;
comment on function analysis.amounts_in is 'The amounts that lie in some of the bins: an amount comes in several rows.';

create function analysis.merchant_hourly(from_time timestamptz, to_time timestamptz, of_merchant text)
returns table (hour timestamptz, currency text, category text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric, scored bigint)
language sql stable parallel safe
as $$
    select date_bin('1 hour', t.occurred_at, timestamptz '2000-01-01 00:00Z'), t.currency, coalesce(t.category, 'Unknown'),
           count(*), count(*) filter (where t.type = 'purchase'), sum(t.sales), sum(t.refunds), sum(t.revenue), count(*) filter (where t.came_by = 'stream')
    from analysis.transaction t
    where t.occurred_at >= from_time and t.occurred_at < to_time and t.merchant_name = of_merchant
    group by 1, 2, 3
$$;
comment on function analysis.merchant_hourly is 'analysis.hourly of one merchant, from the facts.';

create function analysis.alert_outcomes(from_time timestamptz, to_time timestamptz)
returns table (occurred_at timestamptz, currency text, category text, merchant_name text, amount numeric, rules text[], outcome text)
language sql stable parallel safe
as $$
    select a.occurred_at, a.currency, coalesce(m.category, 'Unknown'), coalesce(m.merchant_name, ''), a.amount,
           array(select distinct hit ->> 'rule' from jsonb_array_elements(a.hits) as hit),
           case d.status when 'confirmed_fraud' then 'confirmed' when 'false_positive' then 'dismissed' else 'open' end
    from dw.fact_fraud_alerts a
    left join dw.dim_merchant m using (merchant_key)
    left join lateral (
        select d.status from dw.alert_disposition d
        where d.transaction_id = a.transaction_id and d.source_system = a.source_system
        order by d.disposition_id desc limit 1) d on true
    where a.occurred_at >= from_time and a.occurred_at < to_time
$$;
comment on function analysis.alert_outcomes is 'Every alert with the rules that raised it and what became of it: confirmed, dismissed, or open as long as nobody decided.';

create function analysis.merchant_value(from_time timestamptz, to_time timestamptz)
returns table (merchant_name text, category text, currency text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric)
language sql stable parallel safe
as $$
    select coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'), s.currency, sum(s.transactions)::bigint, sum(s.purchases)::bigint,
           sum(s.revenue) + coalesce(sum(s.refunds), 0), coalesce(sum(s.refunds), 0), sum(s.revenue)
    from (
        select h.merchant_key, h.currency, sum(h.transactions) as transactions, sum(h.purchases) as purchases, sum(h.refunds) as refunds, sum(h.revenue) as revenue
        from dw.history_merchant h
        where h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
        group by 1, 2
        union all
        select t.merchant_key, t.currency, count(*), count(*) filter (where t.type = 'purchase'), sum(t.refunds) filter (where t.type <> 'purchase'), sum(t.revenue)
        from analysis.history_open('month', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        group by 1, 2
    ) s
    left join dw.dim_merchant m using (merchant_key)
    group by 1, 2, 3
$$;
create view analysis.merchant_value as select * from analysis.merchant_value('-infinity', 'infinity');
comment on view analysis.merchant_value is 'Merchant x category x currency: a merchant whose category changed has a row for each. The empty name is of transactions that name no merchant.';

grant select on analysis.merchant_value to fintech_dashboard, fintech_analyst;
revoke execute on function analysis.amount_bin, analysis.history_rolled, analysis.history_open, analysis.amount_bins, analysis.amounts_in,
    analysis.merchant_value, analysis.merchant_hourly, analysis.alert_outcomes from public;
grant execute on function analysis.amount_bin, analysis.history_rolled, analysis.history_open, analysis.amount_bins, analysis.amounts_in,
    analysis.merchant_value, analysis.merchant_hourly, analysis.alert_outcomes to fintech_dashboard, fintech_analyst;

-- Erasures rename customers: what was said of them is said anew.
grant select on etl.member_generation to fintech_dashboard;

reset role;

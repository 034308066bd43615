-- Customers by quarter and year as well, added up from their months under the rules of 0019. Who is best of everything is then looked for in two or
-- three lists instead of one for each month: where customers are much alike, the best of fourteen months prove nothing about their sum. And those of a
-- category are a row each of a quarter or year, not one of each of their transactions.
set local role fintech_etl;

alter table dw.history_span drop constraint history_span_unit_check;
alter table dw.history_span add constraint history_span_unit_check check (unit in ('day', 'month', 'quarter', 'year'));
comment on table dw.history_span is 'What is rolled up: days for dw.history_hour, months for the others, quarters and years for customers. Good for as long as marks is the sum of the marks of its days.';
comment on column dw.history_span.until is 'First day that is not in it: the present month, quarter and year end with yesterday.';

alter table dw.history_customer add column unit text not null default 'month' check (unit in ('month', 'quarter', 'year'));
alter table dw.history_customer alter column unit drop default;
alter table dw.history_customer rename column month to start;
alter table dw.history_customer drop constraint history_customer_pkey;
drop index dw.history_customer_best;
alter table dw.history_customer add primary key (unit, start, currency, customer_key);
create index history_customer_best on dw.history_customer (unit, start, currency, revenue desc) include (customer_key);

create table dw.history_customer_pack (
    unit      text      not null check (unit in ('quarter', 'year')),
    start     date      not null,
    currency  text      not null,
    category  text      not null,
    customers bigint[]  not null,
    purchases integer[] not null,
    refunds   bigint[]  not null,
    cents     bigint[]  not null,
    primary key (unit, start, currency, category)
);
comment on table dw.history_customer_pack is 'What each customer brought in a category: the arrays of a row have one element for each customer. Months have dw.history_pack.';
comment on column dw.history_customer_pack.customers is 'The first version of the customer stands for all.';
comment on column dw.history_customer_pack.refunds is 'Cents given back, as a positive number.';

create function analysis.history_cover(from_time timestamptz, to_time timestamptz)
returns table (unit text, start date, low timestamptz, high timestamptz)
language sql stable parallel safe
as $$
    with rolled as materialized (
        select 3 as length, 'year' as unit, r.* from analysis.history_rolled('year', from_time, to_time) r
        union all
        select 2, 'quarter', r.* from analysis.history_rolled('quarter', from_time, to_time) r
        union all
        select 1, 'month', r.* from analysis.history_rolled('month', from_time, to_time) r
    )
    select r.unit, r.start, r.low, r.high
    from rolled r
    -- A span that ends with yesterday may be a day behind one that is in it: then what is longer counts, and that day is read from the facts.
    where not exists (select from rolled l where l.length > r.length and l.low < r.high and l.high > r.low)
$$;
comment on function analysis.history_cover is 'The longest roll-ups of customers that lie in the period as a whole and count every fact there is: years, quarters and months that do not overlap.';

create function analysis.history_uncovered(from_time timestamptz, to_time timestamptz)
returns table (low timestamptz, high timestamptz)
language sql stable parallel safe
as $$
    select o.low, o.high
    from (
        select coalesce(lag(c.high) over (order by c.low), from_time) as low, c.low as high
        from (select c.low, c.high from analysis.history_cover(from_time, to_time) c union all select to_time, null) c
    ) o
    where o.low < o.high
$$;
comment on function analysis.history_uncovered is 'What remains of the period: there the facts are read.';

create or replace function analysis.customer_value(from_time timestamptz, to_time timestamptz)
returns table (customer_id bigint, currency text, purchases bigint, sales numeric, refunds numeric, revenue numeric, largest numeric)
language sql stable parallel safe
as $$
    select c.customer_id, s.currency, sum(s.purchases)::bigint, sum(s.revenue) + coalesce(sum(s.refunds), 0), coalesce(sum(s.refunds), 0), sum(s.revenue),
           case when sum(s.purchases) > 0 then max(s.largest) end
    from (
        select h.customer_key, h.currency, sum(h.purchases) as purchases, sum(h.refunds) as refunds, sum(h.revenue) as revenue, max(h.largest) as largest
        from analysis.history_cover(from_time, to_time) r join dw.history_customer h using (unit, start)
        group by 1, 2
        union all
        select t.customer_key, t.currency, count(*) filter (where t.type = 'purchase'),
               sum(t.refunds) filter (where t.type <> 'purchase'), sum(t.revenue), max(t.revenue)
        from analysis.history_uncovered(from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        group by 1, 2
    ) s
    join dw.dim_customer c using (customer_key)
    where c.customer_id is not null
    group by 1, 2
$$;

-- Who has several versions is found without looking at all others: the first of several is never the current one.
create index dim_customer_former on dw.dim_customer (customer_id, customer_key) where not is_current;
create or replace view dw.customer_first as
select customer_id, min(customer_key) as customer_key from dw.dim_customer where not is_current and customer_id is not null group by customer_id;
create view dw.customer_version as
select c.customer_key, f.customer_key as first_key from dw.customer_first f join dw.dim_customer c using (customer_id);
comment on view dw.customer_version is 'All versions of the customers that have several, and the first of each.';

-- As in 0024. Arrays are unfolded where columns are, row by row: as a function after "from" each would be written to a store of its own first, which takes twice as long.
create or replace function analysis.narrowed_to_merchants(from_time timestamptz, to_time timestamptz, of_merchant text, of_category text)
returns table (hour timestamptz, currency text, merchant_key bigint, customer_key bigint, is_purchase boolean, is_scored boolean, cents bigint)
language sql stable parallel safe
as $$
    select (u.month::timestamp + u.hour * interval '1 hour') at time zone 'UTC', u.currency, u.merchant_key, u.customer_key, u.flags & 1 = 1, u.flags & 2 = 2, u.cents
    from (
        select p.month, p.currency, p.key as merchant_key, unnest(p.hours) as hour, unnest(p.customers) as customer_key, unnest(p.flags) as flags, unnest(p.cents) as cents
        from dw.history_pack p
        where p.kind = 'merchant' and p.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
          and p.key = any (array(select m.merchant_key from dw.dim_merchant m where (of_merchant is null or m.merchant_name = of_merchant) and (of_category is null or m.category = of_category)))
    ) u
    union all
    select date_bin('1 hour', t.occurred_at, timestamptz '2000-01-01 00:00Z'), t.currency, t.merchant_key,
           coalesce(f.customer_key, case when t.customer_id is null then 0 else t.customer_key end), t.type = 'purchase', t.came_by = 'stream', (t.revenue * 100)::bigint
    from analysis.history_open('month', from_time, to_time) o
    cross join lateral (
        select * from analysis.transaction i
        where i.occurred_at >= o.low and i.occurred_at < o.high
          and i.merchant_key = any (array(select m.merchant_key from dw.dim_merchant m where (of_merchant is null or m.merchant_name = of_merchant) and (of_category is null or m.category = of_category)))
        offset 0) t
    left join dw.customer_first f on f.customer_id = t.customer_id
$$;

create or replace function analysis.narrowed_to_hours(from_time timestamptz, to_time timestamptz, of_weekday integer, of_hour integer)
returns table (hour timestamptz, currency text, merchant_key bigint, customer_key bigint, is_purchase boolean, is_scored boolean, cents bigint)
language sql stable parallel safe
as $$
    select (u.month::timestamp + u.hour * interval '1 hour') at time zone 'UTC', u.currency, u.merchant_key, u.customer_key, u.flags & 1 = 1, u.flags & 2 = 2, u.cents
    from (
        select p.month, p.currency, unnest(p.hours) as hour, unnest(p.merchants) as merchant_key, unnest(p.customers) as customer_key, unnest(p.flags) as flags, unnest(p.cents) as cents
        from dw.history_pack p
        where p.kind = 'cell' and p.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
          and p.key = any (array(select c::bigint from generate_series(0, 167) c where (of_weekday is null or c / 24 + 1 = of_weekday) and (of_hour is null or c % 24 = of_hour)))
    ) u
    union all
    select date_bin('1 hour', t.occurred_at, timestamptz '2000-01-01 00:00Z'), t.currency, t.merchant_key,
           coalesce(f.customer_key, case when t.customer_id is null then 0 else t.customer_key end), t.type = 'purchase', t.came_by = 'stream', (t.revenue * 100)::bigint
    from analysis.history_open('month', from_time, to_time) o
    cross join lateral (
        select * from analysis.transaction i
        where i.occurred_at >= o.low and i.occurred_at < o.high
          and analysis.hour_of_week(i.occurred_at)
              = any (array(select c::bigint from generate_series(0, 167) c where (of_weekday is null or c / 24 + 1 = of_weekday) and (of_hour is null or c % 24 = of_hour)))
        offset 0) t
    left join dw.customer_first f on f.customer_id = t.customer_id
$$;

create function analysis.customers_of_category(from_time timestamptz, to_time timestamptz, of_category text)
returns table (currency text, customer_key bigint, purchases integer, refunds bigint, cents bigint)
language sql stable parallel safe
as $$
    select u.currency, u.customer_key, u.purchases, u.refunds, u.cents
    from (
        select p.currency, unnest(p.customers) as customer_key, unnest(p.purchases) as purchases, unnest(p.refunds) as refunds, unnest(p.cents) as cents
        from analysis.history_cover(from_time, to_time) r join dw.history_customer_pack p using (unit, start)
        where p.category = of_category
    ) u
    union all
    select u.currency, u.customer_key, (u.flags & 1)::integer, case when u.flags & 1 = 1 then 0 else -u.cents end, u.cents
    from (
        select p.currency, unnest(p.customers) as customer_key, unnest(p.flags) as flags, unnest(p.cents) as cents
        from dw.history_pack p
        where p.kind = 'merchant' and p.month = any (array(select r.start from analysis.history_cover(from_time, to_time) r where r.unit = 'month'))
          and p.key = any (array(select m.merchant_key from dw.dim_merchant m where m.category = of_category))
    ) u
    where u.customer_key <> 0
    union all
    select t.currency, coalesce(f.customer_key, t.customer_key), (t.type = 'purchase')::integer, (t.refunds * 100)::bigint, (t.revenue * 100)::bigint
    from analysis.history_uncovered(from_time, to_time) o
    cross join lateral (
        select * from analysis.transaction i
        where i.occurred_at >= o.low and i.occurred_at < o.high
          and i.merchant_key = any (array(select m.merchant_key from dw.dim_merchant m where m.category = of_category))
        offset 0) t
    left join dw.customer_first f on f.customer_id = t.customer_id
    where t.customer_id is not null
$$;
comment on function analysis.customers_of_category is 'What customers brought in a category, in cents; one comes in several rows. The first version of a customer stands for all.';

grant select on dw.history_customer_pack, dw.customer_version to fintech_dashboard, fintech_analyst;
revoke execute on function analysis.history_cover, analysis.history_uncovered, analysis.customers_of_category from public;
grant execute on function analysis.history_cover, analysis.history_uncovered, analysis.customers_of_category to fintech_dashboard, fintech_analyst;

reset role;

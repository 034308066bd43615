-- Roll-ups for what the history page is narrowed to, under the rules of 0019: they count months, and are read only where they count every fact.
-- Facts are packed by merchant and by hour of the week: an aggregate by merchant and hour, or by customer and category, has as many rows as there
-- are facts. Packed, a fact takes some 20 bytes, and those of a merchant lie in a row for each month. Amounts are cents: whole numbers add up in half the time.
set local role fintech_etl;

create table dw.history_pack (
    kind      text       not null check (kind in ('merchant', 'cell')),
    key       bigint     not null,
    month     date       not null,
    currency  text       not null,
    hours     smallint[] not null,
    merchants bigint[]   check ((merchants is null) = (kind = 'merchant')),
    customers bigint[]   not null,
    flags     smallint[] not null,
    cents     bigint[]   not null,
    primary key (kind, key, month, currency)
);
comment on table dw.history_pack is 'The facts of a month, once by merchant and once by hour of the week: the arrays of a row have one element for each.';
comment on column dw.history_pack.key is 'merchant_key, or analysis.hour_of_week.';
comment on column dw.history_pack.hours is 'Since the month began.';
comment on column dw.history_pack.customers is 'The first version of the customer stands for all; 0 for none.';
comment on column dw.history_pack.flags is '1 = a purchase, 2 = came by stream.';

create table dw.history_amount_total (
    month     date       not null,
    currency  text       not null,
    bin       smallint   not null,
    purchases bigint     not null,
    cents     bigint     not null,
    amounts   bigint[]   not null,
    counts    integer[]  not null,
    primary key (month, currency, bin)
);
comment on table dw.history_amount_total is 'dw.history_amount of all categories together, in cents.';

create table dw.history_active (
    month     date       not null,
    currency  text       not null,
    category  text       not null,
    chunk     integer    not null,
    customers bit(65536) not null,
    primary key (month, currency, category, chunk)
);
comment on table dw.history_active is 'Who made a purchase: a bit for each customer, so that months can be united. The bit of customer_key k (the first version) is k % 65536 of chunk k / 65536.';

-- Months are rolled up anew, with these; until then the facts are read.
delete from dw.history_span where unit = 'month';

create view dw.customer_first as
select customer_id, min(customer_key) as customer_key from dw.dim_customer where customer_id is not null group by customer_id having count(*) > 1;
comment on view dw.customer_first is 'The first version of each customer that has several.';

create function analysis.hour_of_week(at timestamptz) returns bigint
language sql immutable parallel safe
as $$ select ((extract(isodow from at at time zone 'UTC') - 1) * 24 + extract(hour from at at time zone 'UTC'))::bigint $$;
comment on function analysis.hour_of_week is '0 = Monday from midnight, UTC, to 167.';

-- Keys are looked for within: a function whose argument is a query is not inlined.
create function analysis.narrowed_to_merchants(from_time timestamptz, to_time timestamptz, of_merchant text, of_category text)
returns table (hour timestamptz, currency text, merchant_key bigint, customer_key bigint, is_purchase boolean, is_scored boolean, cents bigint)
language sql stable parallel safe
as $$
    select r.low + u.hour * interval '1 hour', p.currency, p.key, u.customer, u.flags & 1 = 1, u.flags & 2 = 2, u.cents
    from analysis.history_rolled('month', from_time, to_time) r
    join dw.history_pack p on p.month = r.start
    cross join lateral unnest(p.hours, p.customers, p.flags, p.cents) as u (hour, customer, flags, cents)
    where p.kind = 'merchant'
      and p.key = any (array(select m.merchant_key from dw.dim_merchant m where (of_merchant is null or m.merchant_name = of_merchant) and (of_category is null or m.category = of_category)))
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
comment on function analysis.narrowed_to_merchants is 'Every transaction of a merchant, of the merchants of a category, or of a merchant in a category.';

create function analysis.narrowed_to_hours(from_time timestamptz, to_time timestamptz, of_weekday integer, of_hour integer)
returns table (hour timestamptz, currency text, merchant_key bigint, customer_key bigint, is_purchase boolean, is_scored boolean, cents bigint)
language sql stable parallel safe
as $$
    select r.low + u.hour * interval '1 hour', p.currency, u.merchant, u.customer, u.flags & 1 = 1, u.flags & 2 = 2, u.cents
    from analysis.history_rolled('month', from_time, to_time) r
    join dw.history_pack p on p.month = r.start
    cross join lateral unnest(p.hours, p.merchants, p.customers, p.flags, p.cents) as u (hour, merchant, customer, flags, cents)
    where p.kind = 'cell'
      and p.key = any (array(select c::bigint from generate_series(0, 167) c where (of_weekday is null or c / 24 + 1 = of_weekday) and (of_hour is null or c % 24 = of_hour)))
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
comment on function analysis.narrowed_to_hours is 'Every transaction of an hour of the week, of a weekday, or of an hour of every day.';

create or replace function analysis.merchant_hourly(from_time timestamptz, to_time timestamptz, of_merchant text)
returns table (hour timestamptz, currency text, category text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric, scored bigint)
language sql stable parallel safe
as $$
    select s.hour, s.currency, m.category, s.transactions, s.purchases, s.sales / 100.0, s.refunds / 100.0, (s.sales - s.refunds) / 100.0, s.scored
    from (
        select n.hour, n.currency, n.merchant_key, count(*) as transactions, count(*) filter (where n.is_purchase) as purchases,
               coalesce(sum(n.cents) filter (where n.is_purchase), 0) as sales, -coalesce(sum(n.cents) filter (where not n.is_purchase), 0) as refunds,
               count(*) filter (where n.is_scored) as scored
        from analysis.narrowed_to_merchants(from_time, to_time, of_merchant, null) n
        group by 1, 2, 3
    ) s
    join dw.dim_merchant m using (merchant_key)
$$;
comment on function analysis.merchant_hourly is 'analysis.hourly of one merchant.';

create function analysis.amounts_by_bin(from_time timestamptz, to_time timestamptz, of_category text)
returns table (currency text, bin smallint, purchases bigint, cents bigint, amounts bigint[], counts integer[])
language sql stable parallel safe
as $$
    select h.currency, h.bin, h.purchases, h.cents, h.amounts, h.counts
    from dw.history_amount_total h
    where of_category is null and h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
    union all
    select h.currency, h.bin, h.purchases, (h.sales * 100)::bigint, array(select (a * 100)::bigint from unnest(h.amounts) with ordinality as u (a, place) order by place), h.counts
    from dw.history_amount h
    where of_category is not null and h.category = of_category and h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
    union all
    select a.currency, analysis.amount_bin(a.cents / 100.0), sum(a.purchases)::bigint, sum(a.cents * a.purchases)::bigint, array_agg(a.cents), array_agg(a.purchases)
    from (
        select t.currency, (t.revenue * 100)::bigint as cents, count(*)::integer as purchases
        from analysis.history_open('month', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        where t.type = 'purchase' and t.revenue > 0 and (of_category is null or coalesce(t.category, 'Unknown') = of_category)
        group by 1, 2
    ) a
    group by 1, 2
$$;
comment on function analysis.amounts_by_bin is 'The purchases of analysis.amounts, of all categories or of one, by fiftieth of a decade, with the amounts in each and how often they occur. A bin comes in several rows.';

create function analysis.active_customers(from_time timestamptz, to_time timestamptz, of_category text default null)
returns table (currency text, customers bigint)
language sql stable parallel safe
as $$
    with rolled as materialized (
        select h.currency, h.chunk, bit_or(h.customers) as customers
        from dw.history_active h
        where h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r)) and (of_category is null or h.category = of_category)
        group by 1, 2
    ), unrolled as materialized (
        select distinct t.currency, coalesce(f.customer_key, t.customer_key) as customer_key
        from analysis.history_open('month', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        left join dw.customer_first f on f.customer_id = t.customer_id
        where t.type = 'purchase' and t.customer_id is not null and (of_category is null or coalesce(t.category, 'Unknown') = of_category)
    )
    select s.currency, sum(s.customers)::bigint
    from (
        select r.currency, bit_count(r.customers) as customers from rolled r
        union all
        select u.currency, count(*)
        from unrolled u left join rolled r on r.currency = u.currency and r.chunk = u.customer_key >> 16
        where r.customers is null or get_bit(r.customers, (u.customer_key & 65535)::integer) = 0
        group by 1
    ) s
    group by 1
$$;
comment on function analysis.active_customers is 'How many customers are active in each currency, by the definition of analysis.customer_value: at least one purchase in the period, and in the category where one is named.';

-- What an alert is now is kept beside it since 0018: one row, and none where nobody asks what became of it.
create or replace function analysis.alert_outcomes(from_time timestamptz, to_time timestamptz)
returns table (occurred_at timestamptz, currency text, category text, merchant_name text, amount numeric, rules text[], outcome text)
language sql stable parallel safe
as $$
    select a.occurred_at, a.currency, coalesce(m.category, 'Unknown'), coalesce(m.merchant_name, ''), a.amount,
           array(select distinct hit ->> 'rule' from jsonb_array_elements(a.hits) as hit),
           case s.status when 'confirmed_fraud' then 'confirmed' when 'false_positive' then 'dismissed' else 'open' end
    from dw.fact_fraud_alerts a
    left join dw.dim_merchant m using (merchant_key)
    left join dw.alert_state s on s.transaction_id = a.transaction_id and s.source_system = a.source_system
    where a.occurred_at >= from_time and a.occurred_at < to_time
$$;

grant select on dw.history_pack, dw.history_amount_total, dw.history_active, dw.customer_first to fintech_dashboard, fintech_analyst;
revoke execute on function analysis.hour_of_week, analysis.narrowed_to_merchants, analysis.narrowed_to_hours, analysis.amounts_by_bin, analysis.active_customers from public;
grant execute on function analysis.hour_of_week, analysis.narrowed_to_merchants, analysis.narrowed_to_hours, analysis.amounts_by_bin, analysis.active_customers
    to fintech_dashboard, fintech_analyst;

reset role;

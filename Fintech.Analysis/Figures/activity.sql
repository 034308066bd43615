-- Revenue by category, activity by weekday and hour, the trend and the alert rate, all from one reading of the facts.
-- The trend goes by hour where the period is shorter than three days.
with hourly as materialized (
    select h.*, h.hour at time zone 'UTC' as utc, max(h.hour) over () - min(h.hour) over () < interval '72 hours' as is_short
    from analysis.hourly(:from, :to) h
)
select 'total' as part, to_jsonb(t) as row
from (
    select currency, sum(transactions)::bigint as transactions, sum(purchases)::bigint as purchases, sum(sales) as sales, sum(refunds) as refunds,
           sum(revenue) as revenue, sum(scored)::bigint as scored, min(hour) as first_hour, max(hour) as last_hour
    from hourly
    group by currency
) t
union all
select 'category', to_jsonb(c)
from (
    select currency, category, sum(transactions)::bigint as transactions, sum(purchases)::bigint as purchases, sum(refunds) as refunds, sum(revenue) as revenue
    from hourly
    group by currency, category
) c
union all
select 'hour', to_jsonb(w)
from (
    select extract(isodow from utc)::integer as weekday, extract(hour from utc)::integer as hour, sum(transactions)::bigint as transactions
    from hourly
    group by 1, 2
) w
union all
-- The first and the last hour, which the data may not cover from begin to end, and whether they go on beyond their days.
select 'edges', to_jsonb(e)
from (
    select min(h.hour) as first_hour, max(h.hour) as last_hour,
           sum(h.transactions) filter (where h.hour = h.first)::bigint as in_first, sum(h.transactions) filter (where h.hour = h.last)::bigint as in_last,
           min(x.first_day) as first_day, max(x.last_day) as last_day
    from (select hour, transactions, min(hour) over () as first, max(hour) over () as last from hourly) h cross join analysis.extent x
    having count(*) > 0
) e
union all
select 'trend', to_jsonb(d)
from (
    select currency, is_short as by_hour, (case when is_short then utc else date_trunc('day', utc) end) at time zone 'UTC' as at,
           sum(transactions)::bigint as transactions, sum(revenue) as revenue
    from hourly
    group by 1, 2, 3
) d
union all
select 'rate', to_jsonb(r)
from (
    select a.alerts, s.scored, analysis.alert_rate(a.alerts, s.scored) as rate
    from (select coalesce(sum(alerts), 0)::bigint as alerts from analysis.alerts(:from, :to)) a
    cross join (select coalesce(sum(scored), 0)::bigint as scored from hourly) s
) r

-- Revenue by category, activity by weekday and hour, and the trend, all from one reading of the facts.
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
select 'trend', to_jsonb(d)
from (
    select currency, is_short as by_hour, (case when is_short then utc else date_trunc('day', utc) end) at time zone 'UTC' as at,
           sum(transactions)::bigint as transactions, sum(revenue) as revenue
    from hourly
    group by 1, 2, 3
) d

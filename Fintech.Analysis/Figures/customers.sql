-- Who is worth most, and how unevenly revenue is spread, over customers with more than nothing; whose largest purchase is out of their own pattern:
-- more than ten times the average of their others, of which there must be five. Cents are whole numbers, which add up faster than decimals.
with customer_value as materialized (
    select * from analysis.customer_value(:from, :to)
),
earning as materialized (
    select currency, customer_id, purchases, cents, row_number() over poorest as rank_up, sum(cents) over poorest as up_to
    from (select currency, customer_id, purchases, (revenue * 100)::bigint as cents from customer_value where revenue > 0) v
    window poorest as (partition by currency order by cents, customer_id rows unbounded preceding)
),
totals as materialized (
    select currency, count(*) as customers, sum(cents) as cents, sum(up_to) as up_to, ceil(count(*) / 10.0)::bigint as decile from earning group by currency
),
pattern as (
    select currency, largest > :threshold as above, largest * (purchases - 1) > 10 * (sales - largest) as unusual
    from customer_value
    where purchases >= 6 and largest > 0 and currency = :currency
)
select 'active' as part, to_jsonb(a) as row
from (select count(distinct customer_id) as customers from customer_value where purchases > 0) a
union all
select 'summary', to_jsonb(s)
from (
    select v.currency, v.customers, v.active, coalesce(e.earning, 0) as earning, coalesce(e.revenue, 0) as revenue, e.gini,
           coalesce(e.decile, 0) as decile, coalesce(e.decile_revenue, 0) as decile_revenue, coalesce(e.half, 0) as half
    from (select currency, count(*) as customers, count(*) filter (where purchases > 0) as active from customer_value group by currency) v
    left join (
        select t.currency, t.customers as earning, round(t.cents / 100, 2) as revenue, t.decile,
               -- One less twice the area below the curve that ranks of whole customers make.
               round((t.customers + 1 - 2 * t.up_to / t.cents) / t.customers, 4) as gini,
               round(coalesce(sum(r.cents) filter (where r.rank_up > t.customers - t.decile), 0) / 100, 2) as decile_revenue,
               -- The richest that together have half: those after whom less than half of the revenue remains to be told.
               count(*) filter (where t.cents - r.up_to < t.cents / 2) as half
        from earning r
        join totals t using (currency)
        group by t.currency, t.customers, t.cents, t.up_to, t.decile
    ) e using (currency)
) s
union all
select 'lorenz', to_jsonb(l)
from (
    select currency, round(e.rank_up::numeric / t.customers, 6) as customers, round(e.up_to / t.cents, 6) as revenue
    from earning e join totals t using (currency)
    where e.rank_up = t.customers or e.rank_up % greatest(1, t.customers / 100) = 0
) l
union all
select 'top', to_jsonb(c)
from (
    select currency, t.customers - e.rank_up + 1 as rank, analysis.pseudonym(e.customer_id) as customer, e.purchases, round(e.cents::numeric / 100, 2) as revenue, round(e.cents / t.cents, 6) as share
    from earning e join totals t using (currency)
    where e.rank_up > t.customers - 10
) c
union all
select 'pattern', to_jsonb(p)
from (
    select count(*) as judged, count(*) filter (where unusual and above) as caught, count(*) filter (where unusual and not above) as missed,
           count(*) filter (where above and not unusual) as ordinary
    from pattern
    where :threshold is not null
) p

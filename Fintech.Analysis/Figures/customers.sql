-- Who is worth most, and how unevenly revenue is spread, over customers with more than nothing; whose largest purchase is out of their own pattern:
-- more than ten times the average of their others, of which there must be five.
with customer_value as materialized (
    select * from analysis.customer_value(:from, :to)
),
earning as materialized (
    select currency, customer_id, purchases, revenue,
           row_number() over poorest as rank_up, count(*) over all_of_it as customers,
           sum(revenue) over poorest as up_to, sum(revenue) over all_of_it as total
    from customer_value
    where revenue > 0
    window poorest as (partition by currency order by revenue, customer_id), all_of_it as (partition by currency)
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
        select currency, count(*) as earning, max(total) as revenue,
               round(2 * sum(rank_up * revenue) / (max(customers) * max(total)) - (max(customers) + 1)::numeric / max(customers), 4) as gini,
               count(*) filter (where rank_up > customers - ceil(customers / 10.0)) as decile,
               sum(revenue) filter (where rank_up > customers - ceil(customers / 10.0)) as decile_revenue,
               -- The richest that together have half: those after whom less than half of the revenue remains to be told.
               count(*) filter (where total - up_to < total / 2) as half
        from earning
        group by currency
    ) e using (currency)
) s
union all
select 'lorenz', to_jsonb(l)
from (
    select currency, round(rank_up::numeric / customers, 6) as customers, round(up_to / total, 6) as revenue
    from earning
    where rank_up = customers or rank_up % greatest(1, customers / 100) = 0
) l
union all
select 'top', to_jsonb(t)
from (
    select currency, customers - rank_up + 1 as rank, analysis.pseudonym(customer_id) as customer, purchases, revenue, round(revenue / total, 6) as share
    from earning
    where rank_up > customers - 10
) t
union all
select 'pattern', to_jsonb(p)
from (
    select count(*) as judged, count(*) filter (where unusual and above) as caught, count(*) filter (where unusual and not above) as missed,
           count(*) filter (where above and not unusual) as ordinary
    from pattern
    where :threshold is not null
) p

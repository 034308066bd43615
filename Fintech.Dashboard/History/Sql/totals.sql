-- What there is in each currency, busiest first, and the alert rate of all the period.
-- /*hourly*/ is analysis.hourly, or the same of one merchant.
with sums as materialized (
    select h.currency, sum(h.transactions)::bigint as transactions, sum(h.purchases)::bigint as purchases, sum(h.sales) as sales, sum(h.refunds) as refunds, sum(h.revenue) as revenue,
           sum(h.scored)::bigint as scored, min(h.hour) as first_hour, max(h.hour) as last_hour
    from /*hourly*/ h
    where ($4::text is null or h.category = $4) and ($6::integer is null or extract(isodow from h.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from h.hour at time zone 'UTC') = $7)
    group by h.currency
), alerts as (
    select a.currency, count(*) as alerts
    from analysis.alert_outcomes($1, $2) a
    where ($4::text is null or a.category = $4) and ($5::text is null or a.merchant_name = $5)
      and ($6::integer is null or extract(isodow from a.occurred_at at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from a.occurred_at at time zone 'UTC') = $7)
    group by a.currency
)
select s.currency, s.transactions, s.purchases, s.sales::numeric(24,2), s.refunds::numeric(24,2), s.revenue::numeric(24,2), s.scored, s.first_hour, s.last_hour,
       coalesce(a.alerts, 0), analysis.alert_rate(coalesce(a.alerts, 0), s.scored)
from sums s left join alerts a using (currency)
order by s.transactions desc, s.currency

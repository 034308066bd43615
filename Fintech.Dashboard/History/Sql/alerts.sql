-- What became of alerts, by day and by rule. An alert that several rules raised counts for each of them, and once for its day.
with alert as materialized (
    select a.occurred_at, a.amount, a.rules, a.outcome
    from analysis.alert_outcomes($1, $2) a
    where a.currency = $3 and ($4::text is null or a.category = $4) and ($5::text is null or a.merchant_name = $5)
      and ($6::integer is null or extract(isodow from a.occurred_at at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from a.occurred_at at time zone 'UTC') = $7)
)
select 'day' as part, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as name, count(*), sum(amount),
       count(*) filter (where outcome = 'confirmed'), count(*) filter (where outcome = 'dismissed'), count(*) filter (where outcome = 'open')
from alert group by 2
union all
select 'rule', r.rule, count(*), sum(amount), count(*) filter (where outcome = 'confirmed'), count(*) filter (where outcome = 'dismissed'), count(*) filter (where outcome = 'open')
from alert cross join unnest(rules) as r (rule) group by 2
order by 1, 2

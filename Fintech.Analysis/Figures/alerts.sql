-- What the rules raised among the transactions of the period, and the rules in force.
select 'alerts' as part, to_jsonb(a) as row
from (
    select currency, sum(alerts)::bigint as alerts, sum(amount) as amount, sum(confirmed)::bigint as confirmed, sum(dismissed)::bigint as dismissed
    from analysis.alerts(:from, :to)
    group by currency
    order by 2 desc, 1
) a
union all
select 'hit', to_jsonb(h)
from (
    select rule, currency, sum(alerts)::bigint as alerts, sum(amount) as amount
    from analysis.rule_hits(:from, :to)
    group by rule, currency
    order by 3 desc, 1, 2
) h
union all
select 'rule', to_jsonb(r)
from (select version, rule, enabled, threshold, currency from analysis.rule) r

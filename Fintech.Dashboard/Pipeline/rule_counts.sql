-- What each rule did on each of the last days, under whatever version.
select rule, day, sum(evaluated)::bigint, sum(alerted)::bigint, sum(shadowed)::bigint, sum(snoozed)::bigint
from etl.rule_count
where day > $1
group by rule, day
order by rule, day

-- Snoozes in force: of a customer and a rule the newest row counts.
select s.snooze_id, s.customer_id, s.rule, s.until, s.reason, s.created_at, s.created_by
from (
    select distinct on (customer_id, rule) * from etl.rule_snooze
    where $1::bigint is null or customer_id = $1
    order by customer_id, rule, snooze_id desc
) s
where s.until > clock_timestamp()
order by s.until, s.snooze_id
limit 200

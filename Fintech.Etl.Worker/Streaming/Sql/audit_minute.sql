-- The counters of one minute of arrival against its facts, in one view of both. Categories are compared in their sum: a merchant
-- that was inferred when it was counted may have got its category since. A counter at zero is as good as none: a repair leaves it
-- where alerts were raised.
with minute as (
    -- Any minute of the last hour in which something came.
    select minute from dw.agg_minute_total
    where slot >= 0 and minute > $1
    group by minute order by random() limit 1
),
counted as (
    select total.currency, total.slot, total.transactions, total.amount
    from dw.agg_minute_total total join minute using (minute)
    where total.slot >= 0
),
by_category as (
    select category.currency, category.slot, sum(category.transactions) as transactions, sum(category.amount) as amount
    from dw.agg_minute_category category join minute using (minute)
    where category.slot >= 0
    group by category.currency, category.slot
),
facts as (
    select fact.currency, substring(fact.stream_entry from '^transactions:(\d+)/')::smallint as slot, count(*) as transactions, sum(fact.amount) as amount
    from dw.fact_transactions fact join minute
      on fact.received_at >= minute.minute and fact.received_at < minute.minute + interval '1 minute'
    where fact.received_at > $1 and fact.stream_entry is not null
    group by 1, 2
),
alerts as (
    select (select coalesce(sum(total.alerts), 0) from dw.agg_minute_total total join minute using (minute) where total.slot >= 0) as counted,
           (select count(*) from dw.fact_fraud_alerts alert join minute
              on alert.received_at >= minute.minute and alert.received_at < minute.minute + interval '1 minute') as facts
)
select format('%s %s slot %s', to_char(minute.minute, 'YYYY-MM-DD HH24:MI'), currency, slot),
       (coalesce(counted.transactions, 0), coalesce(counted.amount, 0)) <> (coalesce(facts.transactions, 0), coalesce(facts.amount, 0))
    or (coalesce(by_category.transactions, 0), coalesce(by_category.amount, 0)) <> (coalesce(facts.transactions, 0), coalesce(facts.amount, 0))
from minute, counted full join facts using (currency, slot) full join by_category using (currency, slot)
union all
select format('%s alerts', to_char(minute.minute, 'YYYY-MM-DD HH24:MI')), alerts.counted <> alerts.facts
from minute, alerts

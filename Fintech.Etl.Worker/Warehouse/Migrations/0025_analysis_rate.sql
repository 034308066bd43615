-- One definition of the alert rate for days and whole periods alike; purchases by amount from one reading of the facts; and the days there are.
-- Migration 0016 says that the document, the notebook and the history page read nothing but these views. What the page reads beside them, since
-- 0019, are the roll-ups that the functions themselves read, by the rule of analysis.history_rolled: docs/analysis.md tells which, and tests compare.
set local role fintech_etl;

create function analysis.alert_rate(alerts bigint, scored bigint) returns numeric
language sql immutable parallel safe
as $$ select alerts::numeric / nullif(scored, 0) $$;
comment on function analysis.alert_rate is 'The definition of the alert rate: alerts / scored transactions, both by event time; null where nothing was scored. Of a period: of its sums, never an average of days.';

create or replace function analysis.daily(from_time timestamptz, to_time timestamptz)
returns table (day date, currency text, transactions bigint, purchases bigint, sales numeric, refunds numeric, revenue numeric, scored bigint, alerts bigint, alert_rate numeric)
language sql stable parallel safe
as $$
    select d.day, d.currency, d.transactions, d.purchases, d.sales, d.refunds, d.revenue, d.scored, coalesce(a.alerts, 0),
           analysis.alert_rate(coalesce(a.alerts, 0), d.scored)
    from (
        select (h.hour at time zone 'UTC')::date as day, h.currency, sum(h.transactions)::bigint as transactions, sum(h.purchases)::bigint as purchases,
               sum(h.sales) as sales, sum(h.refunds) as refunds, sum(h.revenue) as revenue, sum(h.scored)::bigint as scored
        from analysis.hourly(from_time, to_time) h
        group by 1, 2
    ) d
    left join analysis.alerts(from_time, to_time) a using (day, currency)
$$;

-- Bins and, for those that are looked into, their amounts: analysis.amount_bins and analysis.amounts_in together would read what is not rolled up twice.
create function analysis.amount_lists(from_time timestamptz, to_time timestamptz)
returns table (currency text, bin smallint, purchases bigint, sales numeric, amounts numeric[], counts integer[])
language sql stable parallel safe
as $$
    select h.currency, h.bin, h.purchases, h.sales, h.amounts, h.counts
    from dw.history_amount h
    where h.month = any (array(select r.start from analysis.history_rolled('month', from_time, to_time) r))
    union all
    select a.currency, analysis.amount_bin(a.amount), sum(a.purchases)::bigint, sum(a.purchases * a.amount), array_agg(a.amount), array_agg(a.purchases)
    from (
        select t.currency, t.revenue as amount, count(*)::integer as purchases
        from analysis.history_open('month', from_time, to_time) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        where t.type = 'purchase' and t.revenue > 0
        group by 1, 2
    ) a
    group by 1, 2
$$;
comment on function analysis.amount_lists is 'The purchases of analysis.amounts by fiftieth of a decade (analysis.amount_bin), each bin with its amounts and how often they occur. A bin, and an amount, comes in several rows.';

create view analysis.extent as
select min(day) as first_day, max(day) as last_day from dw.history_mark;
comment on view analysis.extent is 'First and last UTC day that has, or had, transactions: tells, without reading them, whether a period begins or ends within the data.';

grant select on analysis.extent to fintech_dashboard, fintech_analyst;
revoke execute on function analysis.alert_rate, analysis.amount_lists from public;
grant execute on function analysis.alert_rate, analysis.amount_lists to fintech_dashboard, fintech_analyst;

reset role;

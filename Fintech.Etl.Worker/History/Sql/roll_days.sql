-- Rolls up whole days by hour and category, in one snapshot with the marks it counts. $1: the days, which lie in one month; $2 and $3: from the
-- first to after the last of them, for the index.
delete from dw.history_hour where day = any($1::date[]);
delete from dw.history_inferred where unit = 'day' and start = any($1::date[]);

insert into dw.history_hour (day, hour, currency, category, transactions, purchases, refunds, revenue, scored)
select (t.hour at time zone 'UTC')::date, t.hour, t.currency, coalesce(m.category, 'Unknown'), sum(t.transactions), sum(t.purchases), coalesce(sum(t.refunds), 0), sum(t.revenue), sum(t.scored)
from (
    select date_bin('1 hour', occurred_at, timestamptz '2000-01-01 00:00Z') as hour, currency, merchant_key, count(*) as transactions,
           count(*) filter (where type = 'purchase') as purchases, sum(refunds) filter (where type <> 'purchase') as refunds, sum(revenue) as revenue,
           count(*) filter (where came_by = 'stream') as scored
    from analysis.transaction
    where occurred_at >= $2 and occurred_at < $3 and (occurred_at at time zone 'UTC')::date = any($1::date[])
    group by 1, 2, 3
) t
left join dw.dim_merchant m using (merchant_key)
group by 1, 2, 3, 4;

insert into dw.history_inferred (unit, start, merchant_key)
select distinct 'day', (occurred_at at time zone 'UTC')::date, f.merchant_key
from dw.fact_transactions f join dw.dim_merchant m using (merchant_key)
where m.is_inferred and f.occurred_at >= $2 and f.occurred_at < $3 and (f.occurred_at at time zone 'UTC')::date = any($1::date[]);

insert into dw.history_span as s (unit, start, until, marks, facts)
select 'day', d.day, d.day + 1, coalesce((select sum(m.marks) from dw.history_mark m where m.day = d.day), 0),
       coalesce((select sum(h.transactions) from dw.history_hour h where h.day = d.day), 0)
from unnest($1::date[]) d (day)
on conflict (unit, start) do update set until = excluded.until, marks = excluded.marks, facts = excluded.facts, rolled_at = excluded.rolled_at;

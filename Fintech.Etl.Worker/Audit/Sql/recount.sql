-- Counts the minutes that lost a fact anew, from the facts as they are now: under which category a fact was counted cannot be told
-- afterwards, when its merchant was introduced in between. A fact that came by stream counts in its partition's slot by the
-- minute of arrival, any other in slot -1 by the minute of the event. Streams that write aggregates wait for the end of the
-- transaction, so that none of theirs is overwritten.
lock table dw.agg_minute_category, dw.agg_minute_total in share row exclusive mode;

create temp table touched on commit drop as
select distinct date_trunc('minute', case when stream_entry is null then occurred_at else received_at end) as minute,
       currency,
       coalesce(substring(stream_entry from '^[^/]*:(\d+)/')::smallint, -1::smallint) as slot
from removed;
analyze touched;

create temp table counted on commit drop as
select t.minute, t.currency, t.slot, m.category, count(*) as transactions, sum(f.amount) as amount
from touched t
join dw.fact_transactions f
    on date_trunc('minute', case when f.stream_entry is null then f.occurred_at else f.received_at end) = t.minute
   and f.currency = t.currency
   and coalesce(substring(f.stream_entry from '^[^/]*:(\d+)/')::smallint, -1::smallint) = t.slot
join dw.dim_merchant m using (merchant_key)
group by t.minute, t.currency, t.slot, m.category;

delete from dw.agg_minute_category a using touched t
where a.minute = t.minute and a.currency = t.currency and a.slot = t.slot;

insert into dw.agg_minute_category (minute, category, currency, slot, transactions, amount)
select minute, category, currency, slot, transactions, amount from counted;

-- Alerts stay as they were raised.
update dw.agg_minute_total a
set transactions = n.transactions, amount = n.amount
from (
    select t.minute, t.currency, t.slot, coalesce(sum(c.transactions), 0) as transactions, coalesce(sum(c.amount), 0) as amount
    from touched t left join counted c using (minute, currency, slot)
    group by t.minute, t.currency, t.slot
) as n
where a.minute = n.minute and a.currency = n.currency and a.slot = n.slot;

delete from dw.agg_minute_total a using touched t
where a.minute = t.minute and a.currency = t.currency and a.slot = t.slot and a.transactions = 0 and a.alerts = 0;

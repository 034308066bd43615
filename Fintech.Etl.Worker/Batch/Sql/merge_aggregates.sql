-- Slot -1 is the batch path's own, so no other writer is waited for. History counts by the minute of the event, and by the
-- category that the fact's own version of the merchant has. Yields by how much the stored aggregates really grew.
with categories as (
    insert into dw.agg_minute_category as a (minute, category, currency, slot, transactions, amount)
    select l.minute, l.category, l.currency, -1, sum(l.transactions), sum(l.amount)
    from loaded_minute l
    group by l.minute, l.category, l.currency
    order by l.minute, l.category, l.currency
    on conflict (minute, category, currency, slot) do update
        set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
    returning a.currency, new.transactions - coalesce(old.transactions, 0) as transactions, new.amount - coalesce(old.amount, 0) as amount
),
minutes as (
    insert into dw.agg_minute_total as a (minute, currency, slot, transactions, amount, alerts)
    select l.minute, l.currency, -1, sum(l.transactions), sum(l.amount), 0
    from loaded_minute l
    group by l.minute, l.currency
    order by l.minute, l.currency
    on conflict (minute, currency, slot) do update
        set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
    returning a.currency, new.transactions - coalesce(old.transactions, 0) as transactions, new.amount - coalesce(old.amount, 0) as amount
)
select 'categories', currency, sum(transactions)::bigint, sum(amount) from categories group by currency
union all
select 'minutes', currency, sum(transactions)::bigint, sum(amount) from minutes group by currency;

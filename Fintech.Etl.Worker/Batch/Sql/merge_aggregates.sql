-- Slot -1 is the batch path's own, so no other writer is waited for. History counts by the minute of the event, and by the
-- category that the fact's own version of the merchant has. Yields by how much the stored aggregates really grew.
with categories as (
    insert into dw.agg_minute_category as a (minute, category, currency, slot, transactions, amount)
    select l.minute, l.category, @currency, -1, sum(l.transactions), sum(l.amount)
    from loaded_minute l
    group by l.minute, l.category
    order by l.minute, l.category
    on conflict (minute, category, currency, slot) do update
        set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
    returning new.transactions - coalesce(old.transactions, 0) as transactions, new.amount - coalesce(old.amount, 0) as amount
),
minutes as (
    insert into dw.agg_minute_total as a (minute, currency, slot, transactions, amount, alerts)
    select l.minute, @currency, -1, sum(l.transactions), sum(l.amount), 0
    from loaded_minute l
    group by l.minute
    order by l.minute
    on conflict (minute, currency, slot) do update
        set transactions = a.transactions + excluded.transactions, amount = a.amount + excluded.amount
    returning new.transactions - coalesce(old.transactions, 0) as transactions, new.amount - coalesce(old.amount, 0) as amount
)
select (select coalesce(sum(transactions), 0)::bigint from categories), (select coalesce(sum(amount), 0) from categories),
       (select coalesce(sum(transactions), 0)::bigint from minutes), (select coalesce(sum(amount), 0) from minutes);

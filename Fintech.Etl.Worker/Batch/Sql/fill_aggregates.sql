-- As merge_aggregates.sql, into aggregates that are empty and have no key yet: nothing to compare with, and the keys of
-- 0004_aggregates.sql are built once all is there. Yields what was stored.
with categories as (
    insert into dw.agg_minute_category (minute, category, currency, slot, transactions, amount)
    select l.minute, l.category, l.currency, -1, sum(l.transactions), sum(l.amount)
    from loaded_minute l
    group by l.minute, l.category, l.currency
    returning currency, transactions, amount
),
minutes as (
    insert into dw.agg_minute_total (minute, currency, slot, transactions, amount, alerts)
    select l.minute, l.currency, -1, sum(l.transactions), sum(l.amount), 0
    from loaded_minute l
    group by l.minute, l.currency
    returning currency, transactions, amount
)
select 'categories', currency, sum(transactions)::bigint, sum(amount) from categories group by currency
union all
select 'minutes', currency, sum(transactions)::bigint, sum(amount) from minutes group by currency;

alter table dw.agg_minute_category add constraint agg_minute_category_pkey primary key (minute, category, currency, slot);
alter table dw.agg_minute_total add constraint agg_minute_total_pkey primary key (minute, currency, slot);

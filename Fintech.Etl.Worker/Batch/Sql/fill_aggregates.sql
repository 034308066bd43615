-- As merge_aggregates.sql, into aggregates that are empty and have no key yet: nothing to compare with, and the keys of
-- 0004_aggregates.sql are built once all is there. Yields what was stored.
with categories as (
    insert into dw.agg_minute_category (minute, category, currency, slot, transactions, amount)
    select l.minute, l.category, @currency, -1, sum(l.transactions), sum(l.amount)
    from loaded_minute l
    group by l.minute, l.category
    returning transactions, amount
),
minutes as (
    insert into dw.agg_minute_total (minute, currency, slot, transactions, amount, alerts)
    select l.minute, @currency, -1, sum(l.transactions), sum(l.amount), 0
    from loaded_minute l
    group by l.minute
    returning transactions, amount
)
select (select coalesce(sum(transactions), 0)::bigint from categories), (select coalesce(sum(amount), 0) from categories),
       (select coalesce(sum(transactions), 0)::bigint from minutes), (select coalesce(sum(amount), 0) from minutes);

alter table dw.agg_minute_category add constraint agg_minute_category_pkey primary key (minute, category, currency, slot);
alter table dw.agg_minute_total add constraint agg_minute_total_pkey primary key (minute, currency, slot);

-- The aggregates were filled before they had keys: here are those of 0004_aggregates.sql. What this run added to the aggregates is
-- all they hold. Yields how much that is.
alter table dw.agg_minute_category add constraint agg_minute_category_pkey primary key (minute, category, currency, slot);
alter table dw.agg_minute_total add constraint agg_minute_total_pkey primary key (minute, currency, slot);

drop table loaded_minute;
create temp view loaded_minute as
select minute, category, currency, transactions, amount from dw.agg_minute_category;

select 'categories', currency, sum(transactions)::bigint, sum(amount) from dw.agg_minute_category group by currency
union all
select 'minutes', currency, sum(transactions)::bigint, sum(amount) from dw.agg_minute_total group by currency;

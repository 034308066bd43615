-- May this pass load the fact table directly? Only while nobody else works with it (a short wait, then the staged way), while it
-- and the aggregates are empty, and while every member has one version and all their keys fit into the worker's memory. The lock
-- stays until the end of the transaction; streams wait for it, their entries keep in Redis.
set local lock_timeout = '2s';
lock table dw.fact_transactions, dw.agg_minute_category, dw.agg_minute_total in access exclusive mode;
set local lock_timeout = '30s';

select not exists (select from dw.fact_transactions)
   and not exists (select from dw.agg_minute_category)
   and not exists (select from dw.agg_minute_total)
   and not exists (select from dw.dim_customer where not is_current)
   and not exists (select from dw.dim_merchant where not is_current)
   and (select count(*) from dw.dim_customer) <= @most_members
   and (select count(*) from dw.dim_merchant) <= @most_members;

-- Only while nobody else works with the facts: a short wait, then the load goes by way of the stage. The lock stays until the end of
-- the transaction; streams wait for it, their entries keep in Redis.
set local lock_timeout = '2s';
lock table dw.fact_transactions, dw.agg_minute_category, dw.agg_minute_total in access exclusive mode;
set local lock_timeout = '30s';

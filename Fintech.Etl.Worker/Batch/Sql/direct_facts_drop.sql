-- Building keys and index once costs a fraction of keeping them row by row. A rollback brings them back.
alter table dw.fact_transactions drop constraint fact_transactions_pkey;
drop index dw.fact_transactions_occurred;
drop index dw.fact_transactions_received;
drop index dw.fact_transactions_customer;
alter table dw.agg_minute_category drop constraint agg_minute_category_pkey;
alter table dw.agg_minute_total drop constraint agg_minute_total_pkey;

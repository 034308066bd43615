-- The same key and indexes as in 0003_facts.sql, 0011_scoring.sql and 0018_triage.sql, built by sorting. Then the facts of this run under the name that checks know.
set local maintenance_work_mem = '256MB';
-- Sorting a small partition takes less than starting a process to help with it, and the source may use the other processor.
set local min_parallel_table_scan_size = '32MB';
alter table dw.fact_transactions add constraint fact_transactions_pkey primary key (transaction_id, source_system);
create index fact_transactions_occurred on dw.fact_transactions using brin (occurred_at);
create index fact_transactions_received on dw.fact_transactions using brin (received_at);
create index fact_transactions_customer on dw.fact_transactions (customer_key);

-- What reads all of them now is worth both processors, although each partition by itself is small.
set local min_parallel_table_scan_size = 0;

drop table loaded;
create temp view loaded as
select transaction_id, customer_key, merchant_key, date_key, date_trunc('minute', occurred_at) as minute, amount, currency, type
from dw.fact_transactions;

-- What the warning checks find among the facts of this run, and what the aggregates grow by.
insert into finding (check_name, record_key)
select case when l.customer_key = 0 then 'missing_customer' else 'unknown_customer' end, l.transaction_id
from loaded l join dw.dim_customer c using (customer_key)
where c.is_inferred;

insert into finding (check_name, record_key)
select case when l.merchant_key = 0 then 'missing_merchant' else 'unknown_merchant' end, l.transaction_id
from loaded l join dw.dim_merchant m using (merchant_key)
where m.is_inferred;

-- Of several equal purchases the first is taken for the real one. Facts are searched in the span of minutes this run touched,
-- which their BRIN index narrows down. Soon after a first load the server knows nothing yet of what is where in the table, and
-- would read all of it instead, or all of a source system's rows by way of the key: so neither way is left to it.
set local enable_seqscan = off;

insert into finding (check_name, record_key)
select 'equal_purchase', l.transaction_id
from loaded l
where l.type = 'purchase' and exists (
    select
    from dw.fact_transactions f
    where f.occurred_at >= (select min(minute) from loaded)
      and f.occurred_at < (select max(minute) from loaded) + interval '1 minute'
      and f.customer_key = l.customer_key
      and f.merchant_key = l.merchant_key
      and f.amount = l.amount
      and f.currency = l.currency
      and f.type = l.type
      and date_trunc('minute', f.occurred_at) = l.minute
      and f.source_system || '' = @source_system
      and (f.load_id <> @run_id or f.transaction_id < l.transaction_id)
);

set local enable_seqscan = on;

insert into loaded_minute (minute, category, currency, transactions, amount)
select l.minute, m.category, l.currency, count(*), sum(l.amount)
from loaded l join dw.dim_merchant m using (merchant_key)
group by l.minute, m.category, l.currency;

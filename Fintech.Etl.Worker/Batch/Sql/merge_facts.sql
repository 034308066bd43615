-- The primary key decides what is new: a row that is there already, whoever wrote it, stays as it is. Each fact points at the
-- dimension versions valid at its own time. A missing customer is member 0; a missing merchant has the empty name, which is
-- member 0's. Any other row without a member fails on not null, and the pass with it. Sorted by key against deadlock.
with inserted as (
    insert into dw.fact_transactions
        (transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, terminal_id, load_id)
    select s.transaction_id, @source_system, s.type, case when s.customer_id is null then 0 else c.customer_key end, m.merchant_key,
           s.date_key, s.occurred_at, @started_at, s.amount, s.currency, s.terminal_id, @run_id
    from stage_transaction s
    left join dw.dim_customer c on c.customer_id = s.customer_id and s.occurred_at >= c.valid_from and s.occurred_at < c.valid_to
    left join dw.dim_merchant m on m.merchant_name = s.merchant_name and s.occurred_at >= m.valid_from and s.occurred_at < m.valid_to
    where s.check_name is null
    order by s.transaction_id
    on conflict (transaction_id, source_system) do nothing
    returning transaction_id, customer_key, merchant_key, date_key, occurred_at, amount, currency, type
)
insert into loaded
select transaction_id, customer_key, merchant_key, date_key, date_trunc('minute', occurred_at), amount, currency, type
from inserted;

analyze loaded;

-- Their days have changed: what is rolled up of them does not count all there is. The slot of passes, of which there is one at a time.
insert into dw.history_mark as h (day, slot, marks)
select distinct (minute at time zone 'UTC')::date, -1, 1 from loaded order by 1
on conflict (day, slot) do update set marks = h.marks + 1;

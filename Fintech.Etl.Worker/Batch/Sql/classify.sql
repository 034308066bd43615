-- What became of every row that was read, judged by what the fact table now holds, also where another writer was quicker.
-- Rejected rows are collected with their contents, of which none are personal: the customer is a number.
with classified as materialized (
    select s.*,
           f.amount as fact_amount,
           case when s.check_name is not null then 'quarantined'
                when f.load_id = @run_id then 'loaded'
                when f.amount = s.amount and f.occurred_at = s.occurred_at and f.currency = @currency and f.type = 'purchase'
                     and c.customer_id is not distinct from s.customer_id and m.merchant_name = s.merchant_name then 'known'
                when f.transaction_id is not null then 'conflict'
                else 'lost' end as outcome
    from stage_transaction s
    left join dw.fact_transactions f on f.transaction_id = s.transaction_id and f.source_system = @source_system
    left join dw.dim_customer c on c.customer_key = f.customer_key
    left join dw.dim_merchant m on m.merchant_key = f.merchant_key
),
rows_rejected as (
    insert into rejected (origin, record_key, check_name, reason, amount, payload, content_hash)
    select 'transactions',
           transaction_id,
           coalesce(check_name, 'conflict'),
           coalesce(reason, 'The transaction is known with other content, which is never overwritten.'),
           amount,
           jsonb_build_object('transaction_id', transaction_id, 'customer_id', customer_id, 'merchant_name', merchant_name,
                              'occurred_at', occurred_at, 'amount', amount, 'currency', @currency),
           content_hash
    from classified
    where outcome in ('quarantined', 'conflict')
),
documents_rejected as (
    insert into rejected (origin, record_key, check_name, reason, sealed, content_hash)
    select 'merchants', record_key, check_name, reason, sealed, content_hash
    from stage_merchant
    where check_name is not null
)
select case outcome when 'conflict' then 'quarantined' else outcome end,
       count(*),
       coalesce(sum(case outcome when 'loaded' then fact_amount else amount end), 0)
from classified
group by 1;

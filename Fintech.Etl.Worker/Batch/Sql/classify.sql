-- What became of every row that failed no check of its own, judged by what the fact table now holds, also where another writer
-- was quicker. One that is known with other content is rejected.
with classified as materialized (
    select s.*,
           f.amount as fact_amount,
           case when f.load_id = @run_id then 'loaded'
                when f.amount = s.amount and f.occurred_at = s.occurred_at and f.currency = s.currency and f.type = s.type
                     and c.customer_id is not distinct from s.customer_id and m.merchant_name = s.merchant_name then 'known'
                when f.transaction_id is not null then 'quarantined'
                else 'lost' end as outcome
    from stage_transaction s
    left join dw.fact_transactions f on f.transaction_id = s.transaction_id and f.source_system = @source_system
    left join dw.dim_customer c on c.customer_key = f.customer_key
    left join dw.dim_merchant m on m.merchant_key = f.merchant_key
    where s.check_name is null
),
conflicts as (
    insert into rejected (origin, record_key, check_name, reason, amount, payload, content_hash)
    select 'transactions', transaction_id, 'conflict', 'The transaction is known with other content, which is never overwritten.', amount,
           jsonb_build_object('transaction_id', transaction_id, 'customer_id', customer_id, 'merchant_name', merchant_name,
                              'occurred_at', occurred_at, 'amount', amount, 'type', type, 'currency', currency, 'terminal_id', terminal_id),
           content_hash
    from classified
    where outcome = 'quarantined'
)
select outcome, currency, count(*), coalesce(sum(case outcome when 'loaded' then fact_amount else amount end), 0)
from classified
group by outcome, currency;

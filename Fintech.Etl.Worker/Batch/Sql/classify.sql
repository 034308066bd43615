-- What became of every row that failed no check of its own. Those this run inserted are counted as the fact table took them; only
-- the others, most often none, are looked up in it: known, known with other content (which is rejected), or lost.
create temp table unsettled on commit drop as
select s.*
from stage_transaction s
where s.check_name is null and not exists (select from loaded l where l.transaction_id = s.transaction_id);

analyze unsettled;

with classified as materialized (
    select u.*,
           case when f.amount = u.amount and f.occurred_at = u.occurred_at and f.currency = u.currency and f.type = u.type
                     and c.customer_id is not distinct from u.customer_id and m.merchant_name = u.merchant_name then 'known'
                when f.transaction_id is not null then 'quarantined'
                else 'lost' end as outcome
    from unsettled u
    left join dw.fact_transactions f on f.transaction_id = u.transaction_id and f.source_system = @source_system
    left join dw.dim_customer c on c.customer_key = f.customer_key
    left join dw.dim_merchant m on m.merchant_key = f.merchant_key
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
select 'loaded', currency, count(*), coalesce(sum(amount), 0) from loaded group by currency
union all
select outcome, currency, count(*), coalesce(sum(amount), 0) from classified group by outcome, currency;

-- Collects what failed a check, with its contents, of which none are personal: the customer is a number. Yields rows and
-- sum of the transactions among it for each currency, where any three capital letters count as one.
with transactions as (
    insert into rejected (origin, record_key, check_name, reason, amount, payload, content_hash)
    select 'transactions', transaction_id, check_name, reason, amount,
           jsonb_build_object('transaction_id', transaction_id, 'customer_id', customer_id, 'merchant_name', merchant_name,
                              'occurred_at', occurred_at, 'amount', amount, 'type', type, 'currency', currency, 'terminal_id', terminal_id),
           content_hash
    from stage_transaction
    where check_name is not null
    returning payload ->> 'currency' as currency, amount
),
documents as (
    insert into rejected (origin, record_key, check_name, reason, sealed, content_hash)
    select 'merchants', record_key, check_name, reason, sealed, content_hash
    from stage_merchant
    where check_name is not null
)
select case when currency collate "C" ~ '^[A-Z]{3}$' then currency else '?' end, count(*), coalesce(sum(amount), 0)
from transactions
group by 1;

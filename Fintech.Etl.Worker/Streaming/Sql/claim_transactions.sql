-- Claims the keys of a batch: whoever inserts a key first owns the transaction, and only what this returns is new. Keys are
-- sorted, so that two writers that meet the same keys wait in one order and cannot deadlock. Members are those current now;
-- one that is missing violates NOT NULL, loudly, where an inner join would drop the row in silence.
with claimed as (
    insert into dw.fact_transactions (
        transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at,
        amount, currency, terminal_id, load_id, stream_entry)
    select event.transaction_id, event.source_system, event.type, customer.customer_key, merchant.merchant_key,
           to_char(event.occurred_at, 'YYYYMMDD')::integer, event.occurred_at, event.received_at,
           event.amount, event.currency, event.terminal_id, $12, event.stream_entry
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                $8::numeric[], $9::text[], $10::text[], $11::text[])
        as event (transaction_id, source_system, type, customer_id, merchant_name, occurred_at, received_at,
                  amount, currency, terminal_id, stream_entry)
    left join dw.dim_customer customer on customer.customer_id = event.customer_id and customer.is_current
    left join dw.dim_merchant merchant on merchant.merchant_name = event.merchant_name and merchant.is_current
    order by event.transaction_id collate "C", event.source_system collate "C"
    on conflict (transaction_id, source_system) do nothing
    returning transaction_id, source_system, customer_key, merchant_key
)
select claimed.transaction_id, claimed.source_system, claimed.customer_key, claimed.merchant_key, merchant.category
from claimed
join dw.dim_merchant merchant using (merchant_key)

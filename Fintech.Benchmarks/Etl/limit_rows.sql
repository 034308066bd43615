-- What a pipe that knows nothing would copy: every column of the fact table, made of what costs the source next to nothing.
select transaction_id::text, 'ledger', 'purchase', customer_id::bigint, (customer_id % 1000)::bigint, 20260101,
       transaction_date at time zone 'UTC', now(), amount, 'USD', null::text, 1::bigint, null::text
from transactions

-- The slot is the stream's partition, so no other writer ever touches these rows.
insert into dw.agg_minute_category as total (minute, category, currency, slot, transactions, amount)
select minute, category, currency, $6, transactions, amount
from unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[], $5::numeric[])
    as added (minute, category, currency, transactions, amount)
on conflict (minute, category, currency, slot) do update
set transactions = total.transactions + excluded.transactions,
    amount = total.amount + excluded.amount

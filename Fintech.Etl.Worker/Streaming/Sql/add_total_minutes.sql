-- The slot is the stream's partition, so no other writer ever touches these rows.
insert into dw.agg_minute_total as total (minute, currency, slot, transactions, amount, alerts)
select minute, currency, $6, transactions, amount, alerts
from unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::numeric[], $5::bigint[])
    as added (minute, currency, transactions, amount, alerts)
on conflict (minute, currency, slot) do update
set transactions = total.transactions + excluded.transactions,
    amount = total.amount + excluded.amount,
    alerts = total.alerts + excluded.alerts

-- Rows {first} to {last}: the same each time, in the order of time, {step} milliseconds apart. Three in a thousand amounts are no purchase's,
-- one row in two hundred names a merchant that nobody knows.
insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details)
select i,
       1 + (hashint4(i) & 2147483647) % {customers},
       timestamp '{begin}' + i * interval '{step} milliseconds' + (hashint4(i * 3) & 1023) * interval '1 millisecond',
       case when i % 331 = 0 then -(hashint4(i * 5) & 8191) / 100.0
            else round(exp(((hashint4(i * 7) & 65535) / 65536.0 - 0.5) * 5 + 3.5)::numeric, 2) end,
       case when i % 200 = 0 then 'Stranger ' || i % 400
            else 'Merchant ' || to_char((hashint4(i * 11) & 2147483647) % {merchants}, 'FM0000') end
from generate_series({first}, {last}) i;

analyze transactions;

-- Facts that came by stream between two moments, by minute of arrival and merchant. BRIN leads to the pages of those minutes.
select grouped.minute, coalesce(merchant.merchant_name, ''), coalesce(merchant.category, 'Unknown'),
       grouped.currency, grouped.transactions, grouped.amount, grouped.latest
from (
    select date_bin('1 minute', received_at, timestamptz '2000-01-01 00:00Z') as minute, merchant_key, currency,
           count(*) as transactions, sum(amount) as amount, count(*) filter (where received_at >= $7) as latest
    from dw.fact_transactions
    where received_at >= $1 and received_at < $2 and stream_entry is not null
      and ($3::bigint[] is null or merchant_key = any ($3)) and ($4::bigint[] is null or customer_key = any ($4))
      and ($5::numeric is null or amount >= $5) and ($6::numeric is null or amount <= $6)
    group by 1, 2, 3
) grouped
left join dw.dim_merchant merchant using (merchant_key)

-- As fact_minutes.sql, of alerts. They commit after they arrive, hence the bound by the column that has an index.
select grouped.minute, coalesce(merchant.merchant_name, ''), coalesce(merchant.category, 'Unknown'),
       grouped.currency, grouped.transactions, grouped.amount, grouped.latest
from (
    select date_bin('1 minute', received_at, timestamptz '2000-01-01 00:00Z') as minute, merchant_key, currency,
           count(*) as transactions, sum(amount) as amount, count(*) filter (where received_at >= $7) as latest
    from dw.fact_fraud_alerts
    where committed_at >= $1 and received_at >= $1 and received_at < $2
      and ($3::bigint[] is null or merchant_key = any ($3)) and ($4::bigint[] is null or customer_key = any ($4))
      and ($5::numeric is null or amount >= $5) and ($6::numeric is null or amount <= $6)
    group by 1, 2, 3
) grouped
left join dw.dim_merchant merchant using (merchant_key)

-- What the customer did in the weeks before the alert and up to a day after it, under all versions of the customer: as many rows as the page draws.
select f.transaction_id, f.source_system, f.occurred_at, f.amount, f.currency, f.type, coalesce(m.merchant_name, ''), coalesce(m.category, 'Unknown'),
       exists (select from dw.fact_fraud_alerts a where a.transaction_id = f.transaction_id and a.source_system = f.source_system)
from (
    select * from dw.fact_transactions
    where customer_key = any($1) and occurred_at between $2 and $3
    order by occurred_at desc, transaction_id
    limit $4
) f
left join dw.dim_merchant m using (merchant_key)
order by f.occurred_at desc, f.transaction_id

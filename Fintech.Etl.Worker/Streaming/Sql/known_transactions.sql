-- What the warehouse holds under keys that could not be claimed. A statement of its own, after the claim: it also sees what
-- another writer committed while the claim waited for it.
select fact.transaction_id, fact.source_system, customer.customer_id, merchant.merchant_name, fact.type, fact.occurred_at,
       fact.amount, fact.currency
from unnest($1::text[], $2::text[]) as wanted (transaction_id, source_system)
join dw.fact_transactions fact
  on fact.transaction_id = wanted.transaction_id collate "C" and fact.source_system = wanted.source_system collate "C"
left join dw.dim_customer customer using (customer_key)
left join dw.dim_merchant merchant using (merchant_key)

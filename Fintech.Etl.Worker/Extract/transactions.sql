-- The transactions as the source has them. Another table, other names: a copy of this file that yields the same columns, named
-- in Etl:Extract:Transactions; it may also yield type, currency, terminal_id and updated_at. It is asked for ranges of
-- transaction_id, so that is best a plain column with an index.
select transaction_id,
       customer_id,
       transaction_date,
       amount,
       merchant_details as merchant_name
from transactions

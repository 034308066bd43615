-- Customers with a purchase, in each currency.
select a.currency, a.customers from analysis.active_customers($1, $2, $4) a

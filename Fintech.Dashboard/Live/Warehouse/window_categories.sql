-- What arrived by stream since a minute, per category and currency.
select category, currency, sum(transactions)::bigint, sum(amount)
from dw.agg_minute_category
where slot >= 0 and minute >= $1
group by category, currency

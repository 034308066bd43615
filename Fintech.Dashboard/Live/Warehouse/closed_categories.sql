-- As closed_totals.sql, per category.
select slot >= 0 and minute >= $2, category, currency, sum(transactions)::bigint, sum(amount)
from dw.agg_minute_category
where slot < 0 or minute < $1
group by 1, 2, 3

-- What arrived by stream since a minute, per category and currency; of the minute itself the share $2.
select category, currency,
       round(sum(transactions * case minute when $1 then $2 else 1 end))::bigint,
       round(sum(amount * case minute when $1 then $2 else 1 end), 2)
from dw.agg_minute_category
where slot >= 0 and minute >= $1
group by category, currency

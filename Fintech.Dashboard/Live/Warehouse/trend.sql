-- What arrived by stream since $1, in steps of $2, per currency: the small lines of the figures.
select date_bin($2, minute, $1), currency, sum(transactions)::bigint, sum(amount), sum(alerts)::bigint
from dw.agg_minute_total
where slot >= 0 and minute >= $1
group by 1, 2

-- What the aggregates count of each minute. They are written in the transaction of the facts, so in one snapshot a minute whose
-- counts are what they were has the facts that it had.
select minute, sum(transactions)::bigint, sum(alerts)::bigint
from dw.agg_minute_total
where slot >= 0 and minute >= $1
group by minute

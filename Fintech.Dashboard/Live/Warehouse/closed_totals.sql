-- Sums that no longer change (see ClosedSums): stream slots below the minute $1, told apart by whether they belong to the
-- day that began at $2, and the batch slot whole, whose minutes are those of the events and not of arrival.
select slot >= 0, slot >= 0 and minute >= $2, currency, sum(transactions)::bigint, sum(amount), sum(alerts)::bigint
from dw.agg_minute_total
where slot < 0 or minute < $1
group by 1, 2, 3

-- What arrived by stream between two minutes, per currency. The minute $2 itself, where the window before ends, counts in
-- proportion ($3) to the part of it that the present window has reached; for the present window it lies in infinity.
select currency,
       round(sum(transactions * case when minute = $2 then $3 else 1 end))::bigint,
       round(sum(amount * case when minute = $2 then $3 else 1 end), 2),
       round(sum(alerts * case when minute = $2 then $3 else 1 end))::bigint
from dw.agg_minute_total
where slot >= 0 and minute >= $1 and minute <= $2
group by currency

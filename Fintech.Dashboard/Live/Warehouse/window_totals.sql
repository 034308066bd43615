-- What arrived by stream between two minutes, per currency. The minute $2 itself, where the window before ends, counts in
-- proportion ($3) to the part of it that the present window has reached; for the present window it lies in infinity. The first
-- minute counts in proportion ($4) where a window does not begin with a whole one.
select currency,
       round(sum(transactions * case minute when $2 then $3 when $1 then $4 else 1 end))::bigint,
       round(sum(amount * case minute when $2 then $3 when $1 then $4 else 1 end), 2),
       round(sum(alerts * case minute when $2 then $3 when $1 then $4 else 1 end))::bigint
from dw.agg_minute_total
where slot >= 0 and minute >= $1 and minute <= $2
group by currency

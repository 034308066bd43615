-- Transactions of all currencies by hour of the week, and the first and the last hour in which there was one.
select extract(isodow from b.hour at time zone 'UTC')::integer, extract(hour from b.hour at time zone 'UTC')::integer, sum(b.transactions)::bigint, min(b.hour), max(b.hour)
from (
    select h.hour, sum(h.transactions) as transactions
    from /*hourly*/ h
    where ($4::text is null or h.category = $4) and ($6::integer is null or extract(isodow from h.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from h.hour at time zone 'UTC') = $7)
    group by h.hour
) b
group by 1, 2
order by 1, 2

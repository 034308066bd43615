-- Transactions of all currencies by hour of the week; the first and the last hour of the period in which there was any, of whatever category, and how
-- many of these there were in them; and the days of the whole warehouse.
select extract(isodow from b.hour at time zone 'UTC')::integer, extract(hour from b.hour at time zone 'UTC')::integer, sum(b.transactions)::bigint,
       min(b.first), max(b.last), sum(b.transactions) filter (where b.hour = b.first)::bigint, sum(b.transactions) filter (where b.hour = b.last)::bigint,
       (select x.first_day from analysis.extent x), (select x.last_day from analysis.extent x)
from (
    select h.hour, sum(h.transactions) filter (where $4::text is null or h.category = $4) as transactions, min(h.hour) over () as first, max(h.hour) over () as last
    from /*hourly*/ h
    group by h.hour
) b
where b.transactions > 0
  and ($6::integer is null or extract(isodow from b.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from b.hour at time zone 'UTC') = $7)
group by 1, 2
order by 1, 2

-- Revenue by category, largest first.
select h.category, sum(h.transactions)::bigint, sum(h.purchases)::bigint, sum(h.refunds)::numeric(24,2), sum(h.revenue)::numeric(24,2)
from /*hourly*/ h
where h.currency = $3 and ($4::text is null or h.category = $4) and ($6::integer is null or extract(isodow from h.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from h.hour at time zone 'UTC') = $7)
group by h.category
order by 5 desc, h.category collate "C"

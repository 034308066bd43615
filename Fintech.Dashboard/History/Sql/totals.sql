-- What there is in each currency, busiest first. /*hourly*/ is analysis.hourly, or the same of one merchant.
select h.currency, sum(h.transactions)::bigint, sum(h.purchases)::bigint, sum(h.sales), sum(h.refunds), sum(h.revenue), sum(h.scored)::bigint, min(h.hour), max(h.hour)
from /*hourly*/ h
where ($4::text is null or h.category = $4) and ($6::integer is null or extract(isodow from h.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from h.hour at time zone 'UTC') = $7)
group by h.currency
order by 2 desc, 1

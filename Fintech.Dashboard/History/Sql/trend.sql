-- Revenue by day, by hour where the period has less than three days. Which steps are whole goes by what there is in any currency, and at any hour of
-- the week: of Wednesdays alone one could not tell whether the data begin on a Tuesday or in the midst of a Wednesday.
with every as materialized (
    select h.hour, h.currency, sum(h.transactions) as transactions, sum(h.revenue) as revenue
    from /*hourly*/ h
    where ($4::text is null or h.category = $4)
    group by h.hour, h.currency
), range as materialized (
    select min(hour) as first_hour, max(hour) as last_hour, max(hour) - min(hour) < interval '72 hours' as by_hour from every
)
select case when r.by_hour then b.hour else date_bin('24 hours', b.hour, timestamptz '2000-01-01 00:00Z') end, sum(b.transactions)::bigint, sum(b.revenue)::numeric(24,2),
       min(r.by_hour::integer) = 1, min(r.first_hour), max(r.last_hour)
from every b cross join range r
where b.currency = $3 and ($6::integer is null or extract(isodow from b.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from b.hour at time zone 'UTC') = $7)
group by 1
order by 1

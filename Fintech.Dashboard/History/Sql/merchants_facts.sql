-- As merchants.sql, of a merchant or of an hour of the week, for which nothing is rolled up.
select coalesce(t.merchant_name, ''), coalesce(t.category, 'Unknown'), count(*), count(*) filter (where t.type = 'purchase'), sum(t.refunds), sum(t.revenue),
       sum(sum(t.revenue)) over (), count(*) over ()
from analysis.transaction t
where t.occurred_at >= $1 and t.occurred_at < $2 and t.currency = $3 and ($4::text is null or t.category = $4) and ($5::text is null or t.merchant_name = $5)
  and ($6::integer is null or extract(isodow from t.occurred_at at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from t.occurred_at at time zone 'UTC') = $7)
group by 1, 2
order by 6 desc, coalesce(t.merchant_name, '') collate "C", coalesce(t.category, 'Unknown') collate "C"
limit $8

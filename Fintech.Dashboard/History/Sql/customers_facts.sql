-- As customers_all.sql, of a category, a merchant or an hour of the week, for which nothing is rolled up by customer.
select analysis.pseudonym(v.customer_id), v.purchases, v.refunds, v.revenue
from (
    select c.customer_id, sum(s.purchases)::bigint as purchases, sum(s.refunds) as refunds, sum(s.revenue) as revenue
    from (
        select t.customer_key, count(*) filter (where t.type = 'purchase') as purchases, sum(t.refunds) as refunds, sum(t.revenue) as revenue
        from analysis.transaction t
        where t.occurred_at >= $1 and t.occurred_at < $2 and t.currency = $3 and ($4::text is null or t.category = $4) and ($5::text is null or t.merchant_name = $5)
  and ($6::integer is null or extract(isodow from t.occurred_at at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from t.occurred_at at time zone 'UTC') = $7)
        group by t.customer_key
    ) s
    join dw.dim_customer c using (customer_key)
    where c.customer_id is not null
    group by c.customer_id
) v
where v.revenue > 0
order by v.revenue desc, v.customer_id desc
limit $8

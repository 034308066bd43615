-- As amounts.sql, of a merchant or of an hour of the week, for which nothing is rolled up.
with amounts as materialized (
    select t.revenue as amount, count(*) as purchases, sum(count(*)) over (order by t.revenue) as up_to, sum(count(*)) over () as everything
    from analysis.transaction t
    where t.type = 'purchase' and t.revenue > 0 and t.occurred_at >= $1 and t.occurred_at < $2 and t.currency = $3 and ($4::text is null or t.category = $4) and ($5::text is null or t.merchant_name = $5)
  and ($6::integer is null or extract(isodow from t.occurred_at at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from t.occurred_at at time zone 'UTC') = $7)
    group by t.revenue
), quantiles as materialized (
    select q.p, a.amount
    from (values (0.0), (0.01), (0.05), (0.10), (0.25), (0.50), (0.75), (0.90), (0.95), (0.99), (0.999), (1.0)) as q (p)
    join amounts a on a.up_to >= greatest(ceil(q.p * a.everything), 1) and a.up_to - a.purchases < greatest(ceil(q.p * a.everything), 1)
)
select 'bin' as part, floor(log(amount::double precision) * 10)::numeric as key, sum(purchases)::bigint as purchases, sum(purchases * amount) as amount from amounts group by 2
union all
select 'quantile', p, null, amount from quantiles
union all
select 'tail', 0.99, sum(a.purchases)::bigint, sum(a.purchases * a.amount) from amounts a join quantiles q on q.p = 0.99 and a.amount >= q.amount having count(*) > 0
order by 1, 2

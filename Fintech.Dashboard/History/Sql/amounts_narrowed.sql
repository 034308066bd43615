-- As amounts.sql, of a merchant or of an hour of the week. /*narrowed*/ is one of the functions analysis.narrowed_….
with amounts as materialized (
    select n.cents, count(*) as purchases, sum(count(*)) over (order by n.cents) as up_to, sum(count(*)) over () as everything
    from /*narrowed*/ n
    where n.is_purchase and n.cents > 0 and n.currency = $3 and /*part*/
    group by n.cents
), quantiles as materialized (
    select q.p, a.cents
    from (values (0.0), (0.01), (0.05), (0.10), (0.25), (0.50), (0.75), (0.90), (0.95), (0.99), (0.999), (1.0)) as q (p)
    join amounts a on a.up_to >= greatest(ceil(q.p * a.everything), 1) and a.up_to - a.purchases < greatest(ceil(q.p * a.everything), 1)
)
select s.part, s.key, s.purchases, (s.cents / 100.0)::numeric(24,2) as amount
from (
    select 'bin' as part, floor(log(cents::double precision / 100) * 10)::numeric as key, sum(purchases)::bigint as purchases, sum(purchases * cents) as cents from amounts group by 2
    union all
    select 'quantile', p, null, cents from quantiles
    union all
    select 'tail', 0.99, sum(a.purchases)::bigint, sum(a.purchases * a.cents) from amounts a join quantiles q on q.p = 0.99 and a.cents >= q.cents having count(*) > 0
) s
order by 1, 2

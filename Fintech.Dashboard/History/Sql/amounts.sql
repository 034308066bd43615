-- Distribution of the amounts of purchases, exactly as in the document: quantiles are the smallest amount that at least that share of the purchases
-- does not exceed. They are looked for among bins first; only amounts of the bins that hold one are looked at. Amounts are cents until the end.
with lists as materialized (
    select b.bin, b.purchases, b.cents, b.amounts, b.counts from analysis.amounts_by_bin($1, $2, $4) b where b.currency = $3
), bins as materialized (
    select b.bin, sum(b.purchases)::bigint as purchases, sum(b.cents) as cents, sum(sum(b.purchases)) over (order by b.bin) as up_to, sum(sum(b.purchases)) over () as everything
    from lists b
    group by b.bin
), wanted as materialized (
    select q.p, b.bin, ceil(q.p * b.everything) - (b.up_to - b.purchases) as place
    from (values (0.0), (0.01), (0.05), (0.10), (0.25), (0.50), (0.75), (0.90), (0.95), (0.99), (0.999), (1.0)) as q (p)
    join bins b on b.up_to >= greatest(ceil(q.p * b.everything), 1) and b.up_to - b.purchases < greatest(ceil(q.p * b.everything), 1)
), amounts as materialized (
    select l.bin, u.cents, sum(u.purchases)::bigint as purchases, sum(sum(u.purchases)) over (partition by l.bin order by u.cents) as up_to
    from lists l cross join lateral unnest(l.amounts, l.counts) as u (cents, purchases)
    where l.bin in (select w.bin from wanted w)
    group by l.bin, u.cents
), quantiles as (
    select w.p, w.bin, a.cents
    from wanted w join amounts a on a.bin = w.bin and a.up_to >= greatest(w.place, 1) and a.up_to - a.purchases < greatest(w.place, 1)
), tail as (
    select (select coalesce(sum(b.purchases), 0) from bins b where b.bin > q.bin) + (select sum(a.purchases) from amounts a where a.bin = q.bin and a.cents >= q.cents) as purchases,
           (select coalesce(sum(b.cents), 0) from bins b where b.bin > q.bin) + (select sum(a.purchases * a.cents) from amounts a where a.bin = q.bin and a.cents >= q.cents) as cents
    from quantiles q where q.p = 0.99
)
select s.part, s.key, s.purchases, (s.cents / 100.0)::numeric(24,2) as amount
from (
    select 'bin' as part, floor(b.bin / 5.0)::numeric as key, sum(b.purchases)::bigint as purchases, sum(b.cents) as cents from bins b group by 2
    union all
    select 'quantile', p, null, cents from quantiles
    union all
    select 'tail', 0.99, purchases::bigint, cents from tail
) s
order by 1, 2

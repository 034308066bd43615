-- Distribution of the amounts of purchases, exactly as in the document: quantiles are the smallest amount that at least that share of the purchases
-- does not exceed. They are looked for among bins first; only amounts of the bins that hold one are looked at.
with bins as materialized (
    select b.bin, sum(b.purchases)::bigint as purchases, sum(b.sales) as sales, sum(sum(b.purchases)) over (order by b.bin) as up_to, sum(sum(b.purchases)) over () as everything
    from analysis.amount_bins($1, $2) b
    where b.currency = $3 and ($4::text is null or b.category = $4)
    group by b.bin
), wanted as materialized (
    select q.p, b.bin, ceil(q.p * b.everything) - (b.up_to - b.purchases) as place
    from (values (0.0), (0.01), (0.05), (0.10), (0.25), (0.50), (0.75), (0.90), (0.95), (0.99), (0.999), (1.0)) as q (p)
    join bins b on b.up_to >= greatest(ceil(q.p * b.everything), 1) and b.up_to - b.purchases < greatest(ceil(q.p * b.everything), 1)
), amounts as materialized (
    select a.bin, a.amount, sum(a.purchases) as purchases, sum(sum(a.purchases)) over (partition by a.bin order by a.amount) as up_to
    from analysis.amounts_in($1, $2, (select array_agg(distinct w.bin) from wanted w)) a
    where a.currency = $3 and ($4::text is null or a.category = $4)
    group by a.bin, a.amount
), quantiles as (
    select w.p, w.bin, a.amount
    from wanted w join amounts a on a.bin = w.bin and a.up_to >= greatest(w.place, 1) and a.up_to - a.purchases < greatest(w.place, 1)
), tail as (
    select q.amount,
           (select coalesce(sum(b.purchases), 0) from bins b where b.bin > q.bin) + (select sum(a.purchases) from amounts a where a.bin = q.bin and a.amount >= q.amount) as purchases,
           (select coalesce(sum(b.sales), 0) from bins b where b.bin > q.bin) + (select sum(a.purchases * a.amount) from amounts a where a.bin = q.bin and a.amount >= q.amount) as sales
    from quantiles q where q.p = 0.99
)
select 'bin' as part, floor(b.bin / 5.0)::numeric as key, sum(b.purchases)::bigint as purchases, sum(b.sales) as amount from bins b group by 2
union all
select 'quantile', p, null, amount from quantiles
union all
select 'tail', 0.99, purchases::bigint, sales from tail
order by 1, 2

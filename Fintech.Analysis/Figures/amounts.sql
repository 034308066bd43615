-- Distribution of the amounts of purchases. Quantiles are the smallest amount that at least that share of the purchases do not exceed (as
-- percentile_disc has it); they are looked for among bins first, then among the amounts of the bins that hold one, or a threshold.
with lists as materialized (
    select * from analysis.amount_lists(:from, :to)
),
bins as materialized (
    select currency, bin, sum(purchases)::bigint as purchases, sum(sales) as sales,
           sum(sum(purchases)) over (partition by currency order by bin) as up_to, sum(sum(purchases)) over (partition by currency) as everything
    from lists
    group by currency, bin
),
places as materialized (
    select b.currency, q.p, b.bin, greatest(ceil(q.p * b.everything), 1) - (b.up_to - b.purchases) as place
    from (values (0), (0.01), (0.05), (0.10), (0.25), (0.50), (0.75), (0.90), (0.95), (0.99), (0.999), (1)) as q (p)
    join bins b on b.up_to >= greatest(ceil(q.p * b.everything), 1) and b.up_to - b.purchases < greatest(ceil(q.p * b.everything), 1)
),
steps as materialized (
    select s.factor, round(:threshold * s.factor, 2) as threshold, analysis.amount_bin(greatest(round(:threshold * s.factor, 2), 0.01)) as bin
    from (values (0.1), (0.2), (0.3), (0.4), (0.5), (0.6), (0.7), (0.8), (0.9), (1), (1.1), (1.2), (1.3), (1.4), (1.5), (1.75), (2), (2.5), (3)) as s (factor)
    where :threshold is not null
),
amounts as materialized (
    select l.currency, l.bin, u.amount, sum(u.purchases) as purchases, sum(sum(u.purchases)) over (partition by l.currency, l.bin order by u.amount) as up_to
    from lists l cross join lateral unnest(l.amounts, l.counts) as u (amount, purchases)
    where l.bin in (select bin from places union select bin from steps)
    group by l.currency, l.bin, u.amount
),
quantiles as materialized (
    select p.currency, p.p, p.bin, a.amount
    from places p
    join amounts a on a.currency = p.currency and a.bin = p.bin and a.up_to >= p.place and a.up_to - a.purchases < p.place
)
select 'summary' as part, to_jsonb(s) as row
from (
    select t.currency, t.purchases, t.sales, round(t.sales / t.purchases, 2) as mean, low.amount as smallest, high.amount as largest,
           (t.purchases_beyond + tail.purchases)::bigint as tail_purchases, t.sales_beyond + tail.sales as tail_sales
    from (
        select b.currency, sum(b.purchases)::bigint as purchases, sum(b.sales) as sales,
               coalesce(sum(b.purchases) filter (where b.bin > q.bin), 0) as purchases_beyond, coalesce(sum(b.sales) filter (where b.bin > q.bin), 0) as sales_beyond
        from bins b
        join quantiles q on q.currency = b.currency and q.p = 0.99
        group by b.currency
    ) t
    join quantiles low on low.currency = t.currency and low.p = 0
    join quantiles high on high.currency = t.currency and high.p = 1
    join (
        select q.currency, sum(a.purchases) as purchases, sum(a.purchases * a.amount) as sales
        from quantiles q
        join amounts a on a.currency = q.currency and a.bin = q.bin and a.amount >= q.amount
        where q.p = 0.99
        group by q.currency
    ) tail on tail.currency = t.currency
) s
union all
select 'quantile', to_jsonb(q) from (select currency, p, amount from quantiles where p > 0) q
union all
-- Ten columns to each factor of ten.
select 'bin', to_jsonb(b)
from (
    select currency, floor(bin / 5.0)::integer as bin, sum(purchases)::bigint as purchases, sum(sales) as sales
    from bins
    group by 1, 2
) b
union all
-- What a threshold would catch: purchases above it, in the currency it is in.
select 'threshold', to_jsonb(t)
from (
    select s.threshold, s.factor,
           (select coalesce(sum(b.purchases), 0) from bins b where b.currency = :currency and b.bin > s.bin)
               + (select coalesce(sum(a.purchases), 0) from amounts a where a.currency = :currency and a.bin = s.bin and a.amount > s.threshold) as purchases,
           (select coalesce(sum(b.sales), 0) from bins b where b.currency = :currency and b.bin > s.bin)
               + (select coalesce(sum(a.purchases * a.amount), 0) from amounts a where a.currency = :currency and a.bin = s.bin and a.amount > s.threshold) as sales
    from steps s
) t

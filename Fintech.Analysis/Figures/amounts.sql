-- Distribution of the amounts of purchases. All follows from how many purchases there are of each amount: quantiles are the
-- smallest amount that at least that share of the purchases do not exceed (as percentile_disc has it), ten bins a decade.
with amounts as materialized (
    select currency, amount, purchases,
           sum(purchases) over (partition by currency order by amount) as up_to,
           sum(purchases) over (partition by currency) as all_purchases,
           sum(purchases * amount) over (partition by currency) as sales
    from analysis.amounts(:from, :to)
),
quantiles as materialized (
    select a.currency, q.p, a.amount
    from (values (0.01), (0.05), (0.10), (0.25), (0.50), (0.75), (0.90), (0.95), (0.99), (0.999), (1)) as q (p)
    join amounts a on a.up_to >= ceil(q.p * a.all_purchases) and a.up_to - a.purchases < ceil(q.p * a.all_purchases)
)
select 'summary' as part, to_jsonb(s) as row
from (
    select a.currency, max(a.all_purchases)::bigint as purchases, max(a.sales) as sales, round(max(a.sales) / max(a.all_purchases), 2) as mean,
           min(a.amount) as smallest, max(a.amount) as largest,
           sum(a.purchases) filter (where a.amount >= q.amount)::bigint as tail_purchases, sum(a.purchases * a.amount) filter (where a.amount >= q.amount) as tail_sales
    from amounts a
    join quantiles q on q.currency = a.currency and q.p = 0.99
    group by a.currency
) s
union all
select 'quantile', to_jsonb(q) from quantiles q
union all
select 'bin', to_jsonb(b)
from (
    select currency, floor(log(amount::double precision) * 10)::integer as bin, sum(purchases)::bigint as purchases, sum(purchases * amount) as sales
    from amounts
    group by 1, 2
) b
union all
-- What a threshold would catch: purchases above it, in the currency it is in.
select 'threshold', to_jsonb(t)
from (
    select round(:threshold * step.factor, 2) as threshold, step.factor, coalesce(sum(a.purchases), 0)::bigint as purchases, coalesce(sum(a.purchases * a.amount), 0) as sales
    from (values (0.1), (0.2), (0.3), (0.4), (0.5), (0.6), (0.7), (0.8), (0.9), (1), (1.1), (1.2), (1.3), (1.4), (1.5), (1.75), (2), (2.5), (3)) as step (factor)
    left join amounts a on a.currency = :currency and a.amount > round(:threshold * step.factor, 2)
    where :threshold is not null
    group by step.factor
) t

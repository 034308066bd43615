-- The customers with most revenue, without adding up all: who is not among the $4 best of any roll-up (years, then quarters, then months) has at most
-- the sum of what the last of these have. Where the last that is shown has more than that (is_exact), nobody else can; else it is asked again for more.
-- Customers are as analysis.customer_value has them; $5 are shown. One version stands for all of a customer, and members are looked up one by one
-- ("offset 0"): the planner would read all of them for a few thousand.
with rolled as materialized (
    select unit, start from analysis.history_cover($1, $2)
), best as materialized (
    select r.unit, r.start, b.customer_key, b.revenue
    from rolled r cross join lateral (
        select h.customer_key, h.revenue from dw.history_customer h where h.unit = r.unit and h.start = r.start and h.currency = $3 order by h.revenue desc limit $4) b
), unrolled as materialized (
    select coalesce(v.first_key, t.customer_key) as customer_key, count(*) filter (where t.type = 'purchase') as purchases,
           sum(t.refunds) filter (where t.type <> 'purchase') as refunds, sum(t.revenue) as revenue
    from analysis.history_uncovered($1, $2) o
    cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
    left join dw.customer_version v using (customer_key)
    where t.currency = $3 and t.customer_key <> all (array(select c.customer_key from dw.dim_customer c where c.customer_id is null))
    group by 1
), unrolled_best as materialized (
    select customer_key, revenue from unrolled order by revenue desc limit $4
), candidates as materialized (
    select customer_key from best union select customer_key from unrolled_best
), totals as (
    select s.customer_key, sum(s.purchases)::bigint as purchases, coalesce(sum(s.refunds), 0) as refunds, sum(s.revenue) as revenue
    from (
        select k.customer_key, h.purchases, h.refunds, h.revenue
        from candidates k cross join rolled r
        cross join lateral (
            select * from dw.history_customer h where h.unit = r.unit and h.start = r.start and h.currency = $3 and h.customer_key = k.customer_key offset 0) h
        union all
        select u.customer_key, u.purchases, u.refunds, u.revenue from unrolled u where u.customer_key in (select customer_key from candidates)
    ) s
    group by s.customer_key
), bound as (
    select coalesce(sum(b.rest), 0) as revenue
    from (
        select case when count(*) = $4 then greatest(min(revenue), 0) else 0 end as rest from best group by unit, start
        union all
        select case when count(*) = $4 then greatest(min(revenue), 0) else 0 end from unrolled_best
    ) b
), shown as (
    select c.customer_id, t.purchases, t.refunds, t.revenue
    from (select * from totals where revenue > 0 order by revenue desc fetch first ($5) rows with ties) t
    join dw.dim_customer c using (customer_key)
    order by t.revenue desc, c.customer_id desc
    limit $5
)
select analysis.pseudonym(s.customer_id), s.purchases, s.refunds, s.revenue,
       case when (select count(*) from shown) < $5 then (select revenue from bound) = 0 else min(s.revenue) over () > (select revenue from bound) end as is_exact
from shown s
order by s.revenue desc, s.customer_id desc

-- The customers with most revenue, without adding up all: who is not among the $4 best of any month has at most the sum of what the last of these have.
-- Where the last that is shown has more than that (is_exact), nobody else can; else it is asked again for more. Customers are as
-- analysis.customer_value has them; $5 are shown.
with rolled as materialized (
    select start from analysis.history_rolled('month', $1, $2)
), best as materialized (
    select r.start, b.customer_key, b.revenue
    from rolled r cross join lateral (
        select h.customer_key, h.revenue from dw.history_customer h where h.month = r.start and h.currency = $3 order by h.revenue desc limit $4) b
), unrolled as materialized (
    select c.customer_id, sum(s.purchases)::bigint as purchases, sum(s.refunds) as refunds, sum(s.revenue) as revenue
    from (
        select t.customer_key, count(*) filter (where t.type = 'purchase') as purchases, sum(t.refunds) as refunds, sum(t.revenue) as revenue
        from analysis.history_open('month', $1, $2) o
        cross join lateral (select * from analysis.transaction i where i.occurred_at >= o.low and i.occurred_at < o.high offset 0) t
        where t.currency = $3
        group by 1
    ) s
    join dw.dim_customer c using (customer_key)
    where c.customer_id is not null
    group by 1
), unrolled_best as materialized (
    select customer_id, revenue from unrolled order by revenue desc limit $4
), candidates as materialized (
    select c.customer_id, min(c.customer_key) as customer_key
    from dw.dim_customer c
    where c.customer_id in (select customer_id from unrolled_best union select d.customer_id from best b join dw.dim_customer d using (customer_key))
    group by c.customer_id
), totals as (
    select s.customer_id, sum(s.purchases)::bigint as purchases, sum(s.refunds) as refunds, sum(s.revenue) as revenue
    from (
        select k.customer_id, h.purchases, h.refunds, h.revenue
        from candidates k cross join rolled r join dw.history_customer h on h.month = r.start and h.currency = $3 and h.customer_key = k.customer_key
        union all
        select u.customer_id, u.purchases, u.refunds, u.revenue from unrolled u where u.customer_id in (select customer_id from candidates)
    ) s
    group by s.customer_id
), bound as (
    select coalesce(sum(b.rest), 0) as revenue
    from (
        select case when count(*) = $4 then greatest(min(revenue), 0) else 0 end as rest from best group by start
        union all
        select case when count(*) = $4 then greatest(min(revenue), 0) else 0 end from unrolled_best
    ) b
), shown as (
    select * from totals where revenue > 0 order by revenue desc, customer_id desc limit $5
)
select analysis.pseudonym(s.customer_id), s.purchases, s.refunds, s.revenue,
       case when (select count(*) from shown) < $5 then (select revenue from bound) = 0 else min(s.revenue) over () > (select revenue from bound) end as is_exact
from shown s
order by s.revenue desc, s.customer_id desc

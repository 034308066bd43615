-- What was loaded, counted from the facts as they are, and how many of them point at a dimension row that does not exist. Where the
-- keys of a dimension have no hole, which a first load leaves them in, to be one of them is to lie between the lowest and the highest:
-- half the time of a join. Only where they have one, what lies outside of the run without holes is looked up. Dates are so few that
-- each is looked up once for all facts of the day.
with customer as materialized (
    select min(customer_key) as lowest, case when count(*) = max(customer_key) - min(customer_key) + 1 then max(customer_key) else -1 end as highest
    from dw.dim_customer
), merchant as materialized (
    select min(merchant_key) as lowest, case when count(*) = max(merchant_key) - min(merchant_key) + 1 then max(merchant_key) else -1 end as highest
    from dw.dim_merchant
), counted as (
    select l.currency, l.date_key, count(*) as facts, sum(l.amount) as amount, count(*) filter (where
        not (l.customer_key between (select lowest from customer) and (select highest from customer) or l.customer_key in (select customer_key from dw.dim_customer))
     or not (l.merchant_key between (select lowest from merchant) and (select highest from merchant) or l.merchant_key in (select merchant_key from dw.dim_merchant))) as orphans
    from loaded l
    group by l.currency, l.date_key
)
select c.currency, sum(c.facts)::bigint, sum(c.amount), sum(case when d.date_key is null then c.facts else c.orphans end)::bigint
from counted c
left join dw.dim_date d using (date_key)
group by c.currency;

-- As customers_all.sql, of a category. Only the last that is shown has to be found among all: a limit with ties would sort them.
with customers as materialized (
    select c.customer_key, sum(c.purchases) as purchases, coalesce(sum(c.refunds) filter (where c.refunds <> 0), 0) as refunds, sum(c.cents) as cents
    from analysis.customers_of_category($1, $2, $4) c
    where c.currency = $3
    group by c.customer_key
    having sum(c.cents) > 0
)
select analysis.pseudonym(d.customer_id), c.purchases, (c.refunds / 100.0)::numeric(24,2), (c.cents / 100.0)::numeric(24,2)
from customers c join dw.dim_customer d using (customer_key)
where c.cents >= (select min(b.cents) from (select cents from customers order by cents desc limit $8) b)
order by c.cents desc, d.customer_id desc
limit $8

-- As customers_all.sql, of a category, a merchant or an hour of the week. One version stands for all of a customer: only those that are shown are
-- looked up. /*narrowed*/ is one of the functions analysis.narrowed_….
with best as (
    select n.customer_key, count(*) filter (where n.is_purchase) as purchases, coalesce(sum(n.cents) filter (where not n.is_purchase), 0) as given_back, sum(n.cents) as cents
    from /*narrowed*/ n
    where n.customer_key <> 0 and n.currency = $3 and /*part*/
    group by n.customer_key
    having sum(n.cents) > 0
    order by 4 desc
    fetch first ($8) rows with ties
)
select analysis.pseudonym(c.customer_id), b.purchases, (-b.given_back / 100.0)::numeric(24,2), (b.cents / 100.0)::numeric(24,2)
from best b join dw.dim_customer c using (customer_key)
order by b.cents desc, c.customer_id desc
limit $8

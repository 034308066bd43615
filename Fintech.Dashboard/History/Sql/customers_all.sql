-- The customers with most revenue, from the values of all.
select analysis.pseudonym(v.customer_id), v.purchases, v.refunds, v.revenue
from analysis.customer_value($1, $2) v
where v.currency = $3 and v.revenue > 0
order by v.revenue desc, v.customer_id desc
limit $4

-- Merchants with most revenue, and what is true of all of them. One that changed its category is one merchant still; the category that earned most comes first.
with merchants as materialized (
    select h.merchant_name, string_agg(h.category, ', ' order by h.revenue desc, h.category collate "C") as categories,
           sum(h.transactions)::bigint as transactions, sum(h.purchases)::bigint as purchases, sum(h.refunds) as refunds, sum(h.revenue) as revenue
    from analysis.merchant_value($1, $2) h
    where h.currency = $3 and ($4::text is null or h.category = $4)
    group by h.merchant_name
), every as materialized (
    select sum(revenue) as revenue, min(revenue) as least, max(revenue) as most, count(*) filter (where merchant_name <> '') as merchants from merchants
)
select m.merchant_name, m.categories, m.transactions, m.purchases, m.refunds, m.revenue,
       e.revenue, e.least, (select count(*) from merchants b where b.revenue = e.most), e.merchants
from merchants m cross join every e
order by m.revenue desc, m.merchant_name collate "C"
limit $8

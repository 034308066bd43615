-- As merchants.sql, of a merchant or of an hour of the week. /*narrowed*/ is one of the functions analysis.narrowed_….
with sums as materialized (
    select n.merchant_key, count(*) as transactions, count(*) filter (where n.is_purchase) as purchases,
           -coalesce(sum(n.cents) filter (where not n.is_purchase), 0) as refunds, sum(n.cents) as revenue
    from /*narrowed*/ n
    where n.currency = $3 and /*part*/
    group by n.merchant_key
), categories as (
    select m.merchant_name, m.category, sum(v.transactions) as transactions, sum(v.purchases) as purchases, sum(v.refunds) as refunds, sum(v.revenue) as revenue
    from sums v join dw.dim_merchant m using (merchant_key)
    group by 1, 2
), merchants as materialized (
    select merchant_name, string_agg(category, ', ' order by revenue desc, category collate "C") as categories,
           sum(transactions)::bigint as transactions, sum(purchases)::bigint as purchases, (sum(refunds) / 100.0)::numeric(24,2) as refunds, (sum(revenue) / 100.0)::numeric(24,2) as revenue
    from categories
    group by merchant_name
), every as materialized (
    select sum(revenue) as revenue, min(revenue) as least, max(revenue) as most, count(*) filter (where merchant_name <> '') as merchants from merchants
)
select m.merchant_name, m.categories, m.transactions, m.purchases, m.refunds, m.revenue,
       e.revenue, e.least, (select count(*) from merchants b where b.revenue = e.most), e.merchants
from merchants m cross join every e
order by m.revenue desc, m.merchant_name collate "C"
limit $8

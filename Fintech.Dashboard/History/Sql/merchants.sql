-- Merchants with most revenue; a merchant that changed its category counts in each with what it earned there.
select h.merchant_name, h.category, h.transactions, h.purchases, h.refunds, h.revenue, (sum(h.revenue) over ())::numeric, count(*) over ()
from analysis.merchant_value($1, $2) h
where h.currency = $3 and ($4::text is null or h.category = $4)
order by h.revenue desc, h.merchant_name collate "C", h.category collate "C"
limit $8

-- What was loaded, counted from the facts as they are, and how many of them point at a dimension row that does not exist.
select l.currency, count(*), sum(l.amount),
       count(*) filter (where c.customer_key is null or m.merchant_key is null or d.date_key is null)
from loaded l
left join dw.dim_customer c using (customer_key)
left join dw.dim_merchant m using (merchant_key)
left join dw.dim_date d using (date_key)
group by l.currency;

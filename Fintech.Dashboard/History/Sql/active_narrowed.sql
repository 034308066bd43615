-- As active.sql, of a merchant or of an hour of the week. /*narrowed*/ is one of the functions analysis.narrowed_….
select n.currency, count(distinct n.customer_key)
from /*narrowed*/ n
where n.is_purchase and n.customer_key <> 0 and /*part*/
group by n.currency

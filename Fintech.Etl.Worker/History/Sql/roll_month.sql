-- Rolls up a month (the present one up to yesterday) by merchant, by customer and by amount, in one snapshot with the marks it counts.
-- $1: its first day; $2: the first that is not in it any more; $3 and $4: the same as moments.
delete from dw.history_merchant where month = $1;
delete from dw.history_customer where unit = 'month' and start = $1;
delete from dw.history_amount where month = $1;
delete from dw.history_inferred where unit = 'month' and start = $1;

insert into dw.history_merchant (month, currency, merchant_key, transactions, purchases, refunds, revenue)
select $1, currency, merchant_key, count(*), count(*) filter (where type = 'purchase'), coalesce(sum(refunds) filter (where type <> 'purchase'), 0), sum(revenue)
from analysis.transaction
where occurred_at >= $3 and occurred_at < $4
group by currency, merchant_key;

insert into dw.history_inferred (unit, start, merchant_key)
select distinct 'month', $1::date, h.merchant_key
from dw.history_merchant h join dw.dim_merchant m using (merchant_key)
where h.month = $1 and m.is_inferred;

-- Under the first version of each customer; who has none is no customer.
insert into dw.history_customer (unit, start, currency, customer_key, transactions, purchases, refunds, revenue, largest)
select 'month', $1, s.currency, coalesce(first.customer_key, s.customer_key), sum(s.transactions), sum(s.purchases), coalesce(sum(s.refunds), 0), sum(s.revenue), max(s.largest)
from (
    select currency, customer_key, count(*) as transactions, count(*) filter (where type = 'purchase') as purchases,
           sum(refunds) filter (where type <> 'purchase') as refunds, sum(revenue) as revenue, max(revenue) as largest
    from analysis.transaction
    where occurred_at >= $3 and occurred_at < $4
    group by currency, customer_key
) s
join dw.dim_customer c using (customer_key)
left join (select customer_id, min(customer_key) as customer_key from dw.dim_customer where customer_id is not null group by customer_id having count(*) > 1) first
    on first.customer_id = c.customer_id
where c.customer_id is not null
group by s.currency, coalesce(first.customer_key, s.customer_key);

insert into dw.history_amount (month, currency, category, bin, purchases, sales, amounts, counts)
select $1, a.currency, a.category, analysis.amount_bin(a.amount), sum(a.purchases), sum(a.purchases * a.amount), array_agg(a.amount), array_agg(a.purchases)
from (
    select currency, coalesce(category, 'Unknown') as category, revenue as amount, count(*)::integer as purchases
    from analysis.transaction
    where type = 'purchase' and revenue > 0 and occurred_at >= $3 and occurred_at < $4
    group by 1, 2, 3
) a
group by a.currency, a.category, analysis.amount_bin(a.amount);

insert into dw.history_span as s (unit, start, until, marks, facts)
select 'month', $1::date, $2::date, coalesce((select sum(m.marks) from dw.history_mark m where m.day >= $1 and m.day < $2), 0),
       coalesce((select sum(h.transactions) from dw.history_merchant h where h.month = $1), 0)
on conflict (unit, start) do update set until = excluded.until, marks = excluded.marks, facts = excluded.facts, rolled_at = excluded.rolled_at;

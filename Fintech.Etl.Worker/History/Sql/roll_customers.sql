-- Rolls up a quarter or a year of customers from its months, in one snapshot with the marks it counts. $1: which of the two; $2: its first day;
-- $3: the first that is not in it any more. Without its row in history_span nobody reads it, and where a month does not count every fact there is none.
delete from dw.history_span where unit = $1 and start = $2;
delete from dw.history_customer where unit = $1 and start = $2;
delete from dw.history_customer_pack where unit = $1 and start = $2;

insert into dw.history_customer (unit, start, currency, customer_key, transactions, purchases, refunds, revenue, largest)
select $1, $2, currency, customer_key, sum(transactions), sum(purchases), sum(refunds), sum(revenue), max(largest)
from dw.history_customer
where unit = 'month' and start >= $2 and start < $3
group by currency, customer_key;

-- Category by category: so what is put together at a time keeps to memory.
insert into dw.history_customer_pack (unit, start, currency, category, customers, purchases, refunds, cents)
select $1, $2, a.currency, x.category, a.customers, a.purchases, a.refunds, a.cents
from (select distinct category from dw.dim_merchant) x
cross join lateral (
    select s.currency, array_agg(s.customer_key) as customers, array_agg(s.purchases) as purchases, array_agg(s.refunds) as refunds, array_agg(s.cents) as cents
    from (
        select u.currency, u.customer_key, sum(u.flags & 1)::integer as purchases, -coalesce(sum(u.cents) filter (where u.flags & 1 = 0), 0)::bigint as refunds, sum(u.cents)::bigint as cents
        from (
            select p.currency, unnest(p.customers) as customer_key, unnest(p.flags) as flags, unnest(p.cents) as cents
            from dw.history_pack p
            where p.kind = 'merchant' and p.month >= $2 and p.month < $3 and p.key = any (array(select m.merchant_key from dw.dim_merchant m where m.category = x.category))
        ) u
        where u.customer_key <> 0
        group by 1, 2
    ) s
    group by s.currency
) a;

insert into dw.history_span (unit, start, until, marks, facts)
select $1, $2, $3, sum(d.marks), coalesce((select sum(s.facts) from dw.history_span s where s.unit = 'month' and s.start >= $2 and s.start < $3), 0)
from dw.history_mark d
where d.day >= $2 and d.day < $3
having array(select distinct date_trunc('month', m.day)::date from dw.history_mark m where m.day >= $2 and m.day < $3 order by 1)
     = array(select r.start from analysis.history_rolled('month', $2::timestamp at time zone 'UTC', $3::timestamp at time zone 'UTC') r order by 1);

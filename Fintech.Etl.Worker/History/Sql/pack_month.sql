-- What a month is narrowed to (migration 0024), after roll_month.sql and in its transaction. $1: its first day; $2: the first that is not in it any
-- more; $3 and $4: the same as moments.
delete from dw.history_pack where month = $1;
delete from dw.history_amount_total where month = $1;
delete from dw.history_active where month = $1;

-- Both in one reading of the facts.
insert into dw.history_pack (kind, key, month, currency, hours, merchants, customers, flags, cents)
select case when grouping(t.merchant_key) = 0 then 'merchant' else 'cell' end, coalesce(t.merchant_key, t.cell), $1, t.currency,
       array_agg(t.hour), case when grouping(t.merchant_key) = 1 then array_agg(t.merchant_key) end, array_agg(t.customer), array_agg(t.flags), array_agg(t.cents)
from (
    select i.merchant_key, analysis.hour_of_week(i.occurred_at) as cell, i.currency, floor(extract(epoch from i.occurred_at - $3) / 3600)::smallint as hour,
           coalesce(f.customer_key, case when i.customer_id is null then 0 else i.customer_key end) as customer,
           ((i.type = 'purchase')::integer + 2 * (i.came_by = 'stream')::integer)::smallint as flags, (i.revenue * 100)::bigint as cents
    from analysis.transaction i
    left join dw.customer_first f on f.customer_id = i.customer_id
    where i.occurred_at >= $3 and i.occurred_at < $4
) t
group by grouping sets ((t.merchant_key, t.currency), (t.cell, t.currency));

insert into dw.history_amount_total (month, currency, bin, purchases, cents, amounts, counts)
select $1, a.currency, a.bin, sum(a.purchases), sum(a.purchases * a.cents), array_agg(a.cents), array_agg(a.purchases)
from (
    select h.currency, h.bin, (u.amount * 100)::bigint as cents, sum(u.purchases)::integer as purchases
    from dw.history_amount h cross join lateral unnest(h.amounts, h.counts) as u (amount, purchases)
    where h.month = $1
    group by 1, 2, 3
) a
group by a.currency, a.bin;

-- Bits are put together by words of 32: a set_bit for each customer would copy all bits each time. Zero words come from a union and not from a join:
-- of what is made up here the planner knows no sizes.
insert into dw.history_active (month, currency, category, chunk, customers)
with word as materialized (
    select a.currency, a.category, (a.customer_key >> 16)::integer as chunk, ((a.customer_key >> 5) & 2047)::integer as word,
           bit_or(1::bigint << (31 - (a.customer_key & 31)::integer)) as bits
    from (
        select i.currency, coalesce(i.category, 'Unknown') as category, coalesce(f.customer_key, i.customer_key) as customer_key
        from analysis.transaction i
        left join dw.customer_first f on f.customer_id = i.customer_id
        where i.occurred_at >= $3 and i.occurred_at < $4 and i.type = 'purchase' and i.customer_id is not null
    ) a
    group by 1, 2, 3, 4
)
select $1, w.currency, w.category, w.chunk, string_agg(w.bits::bit(32)::text, '' order by w.word)::bit(65536)
from (
    select s.currency, s.category, s.chunk, s.word, bit_or(s.bits) as bits
    from (
        select currency, category, chunk, word, bits from word
        union all
        select c.currency, c.category, c.chunk, n, 0 from (select distinct currency, category, chunk from word) c cross join generate_series(0, 2047) n
    ) s
    group by 1, 2, 3, 4
) w
group by w.currency, w.category, w.chunk;

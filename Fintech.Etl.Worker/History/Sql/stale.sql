-- What is not rolled up as the facts are now, newest first: days, months up to yesterday, and quarters and years of which every month is
-- rolled up, unless a shorter span says the same. Marks are as of this statement; the roll-up counts them anew in its own snapshot. $1 is today, UTC.
with day as (
    select day, sum(marks)::bigint as marks from dw.history_mark group by day
), month as materialized (
    select m.start, m.until, m.marks, (s.marks, s.until) is not distinct from (m.marks, m.until) as is_rolled
    from (
        select date_trunc('month', day)::date as start, least((date_trunc('month', day) + interval '1 month')::date, $1::date) as until, sum(marks)::bigint as marks
        from day where day < $1::date group by 1, 2
    ) m
    left join dw.history_span s on s.unit = 'month' and s.start = m.start
), long as (
    select u.unit, date_trunc(u.unit, m.start)::date as start, max(m.until) as until, sum(m.marks)::bigint as marks
    from month m cross join (values ('quarter', 'month'), ('year', 'quarter')) as u (unit, part)
    group by 1, 2
    having bool_and(m.is_rolled) and count(distinct date_trunc(u.part, m.start)) > 1
)
select 'day' as unit, d.day as start, d.day + 1 as until, d.marks
from day d
left join dw.history_span s on s.unit = 'day' and s.start = d.day
where s.marks is distinct from d.marks
union all
select 'month', m.start, m.until, m.marks from month m where not m.is_rolled
union all
select l.unit, l.start, l.until, l.marks
from long l
left join dw.history_span s on s.unit = l.unit and s.start = l.start
where (s.marks, s.until) is distinct from (l.marks, l.until)
order by 2 desc, 1;

-- What is not rolled up as the facts are now, newest first: days, and months up to yesterday. Marks are as of this statement; the roll-up
-- counts them anew in its own snapshot. $1 is today, UTC.
with day as (
    select day, sum(marks)::bigint as marks from dw.history_mark group by day
)
select 'day' as unit, d.day as start, d.day + 1 as until, d.marks
from day d
left join dw.history_span s on s.unit = 'day' and s.start = d.day
where s.marks is distinct from d.marks
union all
select 'month', m.start, m.until, m.marks
from (
    select date_trunc('month', day)::date as start, least((date_trunc('month', day) + interval '1 month')::date, $1::date) as until, sum(marks)::bigint as marks
    from day where day < $1::date group by 1, 2
) m
left join dw.history_span s on s.unit = 'month' and s.start = m.start
where (s.marks, s.until) is distinct from (m.marks, m.until)
order by 2 desc, 1;

-- As at the end of merge_facts.sql, of facts that were all the aggregates hold: the key of the minutes leads from each day to the next,
-- so that this does not read millions of facts once more.
with recursive day as (
    select (min(minute) at time zone 'UTC')::date as day from dw.agg_minute_total
    union all
    select ((select min(t.minute) from dw.agg_minute_total t where t.minute >= (d.day + 1)::timestamp at time zone 'UTC') at time zone 'UTC')::date
    from day d where d.day is not null
)
insert into dw.history_mark as h (day, slot, marks)
select day, -1, 1 from day where day is not null
on conflict (day, slot) do update set marks = h.marks + 1

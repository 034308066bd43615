-- The days of this batch have changed: their roll-ups do not count all there is. The slot is the stream's partition, so no other writer ever
-- touches these rows.
insert into dw.history_mark as h (day, slot, marks)
select day, $2, 1 from unnest($1::date[]) as changed (day)
on conflict (day, slot) do update set marks = h.marks + 1

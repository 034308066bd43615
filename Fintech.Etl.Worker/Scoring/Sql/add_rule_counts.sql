-- The slot is the stream's partition, so no other writer ever touches these rows.
insert into etl.rule_count as total (rule_set_version, rule, day, slot, evaluated, alerted, shadowed, snoozed)
select $1, rule, $2, $3, evaluated, alerted, shadowed, snoozed
from unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) as added (rule, evaluated, alerted, shadowed, snoozed)
on conflict (rule_set_version, rule, day, slot) do update
set evaluated = total.evaluated + excluded.evaluated,
    alerted = total.alerted + excluded.alerted,
    shadowed = total.shadowed + excluded.shadowed,
    snoozed = total.snoozed + excluded.snoozed

-- Dispositions of the alerts ($1, $2) that are still as their author saw them ($3), may become what he wants ($7) and that nobody else has taken.
-- What follows the same disposition at the same moment meets the unique key, waits for the other one, and falls out. Sorted, so that two
-- bulk actions wait for each other in one order.
insert into dw.alert_disposition (transaction_id, source_system, status, comment, actor, after_disposition_id)
select s.transaction_id, s.source_system, $4, $5, $6, s.disposition_id
from unnest($1::text[], $2::text[], $3::bigint[]) as asked (transaction_id, source_system, after)
join dw.alert_state s on s.transaction_id = asked.transaction_id and s.source_system = asked.source_system
where s.disposition_id is not distinct from asked.after
  and s.status = any($7)
  and not exists (
      select from dw.alert_claim c
      where c.transaction_id = s.transaction_id and c.source_system = s.source_system and c.expires_at > clock_timestamp() and c.actor <> $6)
order by s.transaction_id, s.source_system
on conflict do nothing
returning transaction_id, source_system, disposition_id, status, actor, created_at

-- Takes back the newest decision that was not taken back yet: the state is again the one before it. A row more, never one less.
with standing as (
    select d.disposition_id, d.status, row_number() over (order by d.disposition_id desc) as place
    from dw.alert_disposition d
    where d.transaction_id = $1 and d.source_system = $2 and d.undoes is null
      and not exists (select from dw.alert_disposition u where u.undoes = d.disposition_id)
)
insert into dw.alert_disposition (transaction_id, source_system, status, comment, actor, after_disposition_id, undoes)
select $1, $2, coalesce((select status from standing where place = 2), 'open'), $4, $5, s.disposition_id, standing.disposition_id
from standing
join dw.alert_state s on s.transaction_id = $1 and s.source_system = $2
where standing.place = 1 and s.disposition_id = $3
  and not exists (
      select from dw.alert_claim c
      where c.transaction_id = $1 and c.source_system = $2 and c.expires_at > clock_timestamp() and c.actor <> $5)
on conflict do nothing
returning transaction_id, source_system, disposition_id, status, actor, created_at

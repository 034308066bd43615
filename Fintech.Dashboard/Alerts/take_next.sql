-- The open alert to work on next, the most severe first and of these the oldest, for the page $1 of $2 and $3. Two who pick the same one at the same
-- moment meet the key of the claims: the second one waits, finds a living claim, takes nothing, and picks again. What the page passed over ($4, $5) is left out.
with picked as (
    select s.transaction_id, s.source_system
    from dw.alert_state s
    where s.status = 'open' and {where}
      and not exists (
          select from dw.alert_claim c
          where c.transaction_id = s.transaction_id and c.source_system = s.source_system and c.expires_at > clock_timestamp())
      and not exists (
          select from unnest($4::text[], $5::text[]) as passed (transaction_id, source_system)
          where passed.transaction_id = s.transaction_id and passed.source_system = s.source_system)
    order by s.urgency, s.committed_at, s.transaction_id, s.source_system
    limit 1
), taken as (
    insert into dw.alert_claim as claim (transaction_id, source_system, holder, actor, expires_at)
    select transaction_id, source_system, $1, $2, clock_timestamp() + $3 from picked
    on conflict (transaction_id, source_system) do update
    set holder = excluded.holder, actor = excluded.actor, claimed_at = clock_timestamp(), expires_at = excluded.expires_at
    where claim.expires_at <= clock_timestamp()
    returning transaction_id
)
select picked.transaction_id, picked.source_system, exists (select from taken) from picked

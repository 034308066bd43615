-- What became of the rows of a replay: those that failed again stay open, with the reason of now; all others are facts, and say
-- since which run. Audited as one action, with the numbers of the rows.
with again as (
    update etl.rejected_row r
    set check_name = x.check_name, reason = x.reason
    from taken t join rejected x on x.record_key = t.transaction_id
    where r.rejected_id = t.rejected_id
    returning r.rejected_id
),
replayed as (
    update etl.rejected_row r
    set status = 'replayed', replay_run_id = @run_id, decided_at = clock_timestamp()
    from taken t
    where r.rejected_id = t.rejected_id
      and not exists (select from rejected x where x.record_key = t.transaction_id)
    returning r.rejected_id
)
insert into etl.audit (actor, action, subject, detail)
select @actor, 'rejected replay', format('run %s', @run_id),
       jsonb_build_object('replayed', coalesce((select jsonb_agg(rejected_id order by rejected_id) from replayed), '[]'),
                          'rejected_again', coalesce((select jsonb_agg(rejected_id order by rejected_id) from again), '[]'))

-- What waited in quarantine under the id of a row that the source has put right, and that is a fact now, waits no longer: it has become the fact, as
-- a date in the future does in time, or is content that the source has no longer. One line of the audit for the run. Of rows in the stage; a direct
-- load has its own file.
with settled as (
    update etl.rejected_row r
    set status = case when (f.amount, f.currency, f.type, f.occurred_at) is not distinct from
                           (r.amount, coalesce(r.payload ->> 'currency', @currency), coalesce(r.payload ->> 'type', 'purchase'), (r.payload ->> 'occurred_at')::timestamptz)
                      then 'replayed' else 'discarded' end,
        replay_run_id = @run_id, decided_at = clock_timestamp()
    from stage_transaction s
    join dw.fact_transactions f on f.transaction_id = s.transaction_id and f.source_system = @source_system
    where s.check_name is null
      and r.origin = 'transactions' and r.source_system = @source_system and r.record_key = s.transaction_id
      and r.status = 'open' and r.run_id <> @run_id
      and not exists (select from rejected j where j.origin = 'transactions' and j.record_key = s.transaction_id)
    returning r.rejected_id, r.status
)
insert into etl.audit (actor, action, subject, detail)
select @trigger, 'rejected settle', format('run %s', @run_id),
       jsonb_build_object('replayed', coalesce(jsonb_agg(rejected_id order by rejected_id) filter (where status = 'replayed'), '[]'),
                          'discarded', coalesce(jsonb_agg(rejected_id order by rejected_id) filter (where status = 'discarded'), '[]'))
from settled
having count(*) > 0;

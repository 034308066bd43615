-- As settle.sql, after a direct load, whose rows are in no stage: all facts there are. Few rows wait before a first load, most often none, so each
-- looks for its fact by the key; limit keeps the planner from reading all facts instead, of which it knows nothing yet.
with settled as (
    update etl.rejected_row r
    set status = case when (f.amount, f.currency, f.type, f.occurred_at) is not distinct from
                           (r.amount, coalesce(r.payload ->> 'currency', @currency), coalesce(r.payload ->> 'type', 'purchase'), (r.payload ->> 'occurred_at')::timestamptz)
                      then 'replayed' else 'discarded' end,
        replay_run_id = @run_id, decided_at = clock_timestamp()
    from etl.rejected_row w
    cross join lateral (
        select * from dw.fact_transactions where transaction_id = w.record_key and source_system = @source_system limit 1
    ) as f
    where w.origin = 'transactions' and w.source_system = @source_system and w.status = 'open' and w.run_id <> @run_id
      and not exists (select from rejected j where j.origin = 'transactions' and j.record_key = w.record_key)
      and r.rejected_id = w.rejected_id
    returning r.rejected_id, r.status
)
insert into etl.audit (actor, action, subject, detail)
select @trigger, 'rejected settle', format('run %s', @run_id),
       jsonb_build_object('replayed', coalesce(jsonb_agg(rejected_id order by rejected_id) filter (where status = 'replayed'), '[]'),
                          'discarded', coalesce(jsonb_agg(rejected_id order by rejected_id) filter (where status = 'discarded'), '[]'))
from settled
having count(*) > 0;

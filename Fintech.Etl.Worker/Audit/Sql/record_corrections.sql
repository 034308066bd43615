-- Every correction with the fact as it was and as it is: with the keys of its members, never with what is personal of them. Where
-- there is no new fact the source has none, or its row went to quarantine. What waited in quarantine under the
-- id is settled: a conflict has become the fact, anything else is content that the source has no longer.
insert into etl.audit (actor, action, subject, detail)
select @actor, 'audit.correct', d.transaction_id,
       jsonb_build_object('run_id', @run_id, 'source_system', @source_system, 'kind', d.kind, 'old', to_jsonb(o), 'new', to_jsonb(n),
                          'quarantined', (select min(j.check_name) from rejected j where j.record_key = d.transaction_id and j.origin = 'transactions'))
from difference d
left join removed o using (transaction_id)
left join dw.fact_transactions n on n.transaction_id = d.transaction_id and n.source_system = @source_system
order by d.transaction_id;

update etl.rejected_row r
set status = case when r.check_name = 'conflict' then 'replayed' else 'discarded' end, decided_at = clock_timestamp()
from difference d join dw.fact_transactions n on n.transaction_id = d.transaction_id and n.source_system = @source_system
where r.origin = 'transactions' and r.source_system = @source_system and r.record_key = d.transaction_id
  and r.status = 'open' and r.run_id <> @run_id;

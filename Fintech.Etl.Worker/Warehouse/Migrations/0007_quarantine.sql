-- The way back out of the quarantine, and passes that only look.
set local role fintech_etl;

alter table etl.rejected_row
    add fixed_payload jsonb,
    add fixed_at      timestamptz,
    add replay_run_id bigint references etl.run,
    add decided_at    timestamptz;
comment on column etl.rejected_row.fixed_payload is 'The row as somebody corrected it; payload keeps what came. A replay takes this one.';
comment on column etl.rejected_row.replay_run_id is 'The pass in which the row became, or was found to be, a fact.';
comment on column etl.rejected_row.decided_at is 'When it was replayed or discarded.';

create index rejected_row_open on etl.rejected_row (check_name, rejected_id) where status = 'open';
-- Every pass looks for its rows here: few, or none.
create index rejected_row_replayed on etl.rejected_row (record_key) where status = 'replayed';

-- A kind of its own, so that whoever reads what batch passes did to the warehouse need not know that some did nothing.
alter table etl.run drop constraint run_kind_check;
alter table etl.run add constraint run_kind_check check (kind in ('batch', 'stream', 'command', 'dry-run'));
comment on column etl.run.kind is 'batch, stream, command (one that writes beside the passes), or dry-run: a batch pass that counted what it would do and rolled back.';

reset role;

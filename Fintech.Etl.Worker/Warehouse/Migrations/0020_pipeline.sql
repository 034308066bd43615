-- The dashboard's pipeline page: commands that are asked for once and may be taken back, how far a pass is, the rows of the quarantine, and why
-- rules were changed.
set local role fintech_etl;

alter table etl.command
    add column request_key uuid unique,
    drop constraint command_outcome_check,
    add constraint command_outcome_check check (outcome in ('succeeded', 'failed', 'cancelled'));
comment on column etl.command.request_key is 'Chosen by who asks: asked twice with the same key, by a double click or a repeated request, it is one command.';
comment on column etl.command.outcome is 'cancelled: taken back by a command cancel before it began.';
comment on column etl.command.name is 'run, audit, rejected fix, rejected replay, rejected discard, rules set, rules backtest, webhooks retry or cancel; arguments as in docs/operations.md.';
grant insert (request_key) on etl.command to fintech_dashboard;

-- A table of its own, so that telling never waits for the transaction of the pass, nor that for it. Nothing to keep after a crash.
create unlogged table etl.run_progress (
    run_id bigint      primary key,
    doing  text        not null,
    rows   bigint      not null,
    of     bigint      not null,
    at     timestamptz not null default clock_timestamp()
);
comment on table etl.run_progress is 'The batch pass under way, told once a second; removed when it ends.';
comment on column etl.run_progress.of is '0 until the source has counted its rows.';

-- What is sealed stays unseen: that it is, and how large. Of what is not, only the fields of the wire's contract and of the source's
-- transactions, which hold no name of a customer and no address: should another field ever get into a payload, it does not get out here.
create function etl.shown_payload(payload jsonb) returns jsonb
language sql immutable parallel safe
as $$
    select jsonb_object_agg(key, value) from jsonb_each(payload)
    where key in ('transaction_id', 'customer_id', 'amount', 'currency', 'merchant_name', 'occurred_at', 'timestamp', 'type', 'terminal_id', 'source')
$$;
create view etl.quarantine_row as
select rejected_id, run_id, origin, source_system, record_key, check_name, reason, amount, status, rejected_at,
       etl.shown_payload(payload) as payload, etl.shown_payload(fixed_payload) as fixed_payload, fixed_at,
       octet_length(sealed) as sealed_bytes, decided_at, replay_run_id
from etl.rejected_row;
comment on view etl.quarantine_row is 'The quarantine without what is sealed. To read that: the worker''s command rejected show ID --unseal, which the audit records.';
revoke execute on function etl.shown_payload from public;
grant execute on function etl.shown_payload to fintech_dashboard;

-- The newest of a status, and of a check, without a scan of all that was ever decided on.
create index rejected_row_by_status on etl.rejected_row (status, rejected_id);

alter table etl.rule_set
    add column because text,
    add column based_on integer;
comment on column etl.rule_set.because is 'Why, in the words of who changed it.';
comment on column etl.rule_set.based_on is 'The version that was changed: the newest one then. Null for configuration and for what was written by SQL.';

grant select on etl.run_progress, etl.watermark_gap, etl.quarantine_row to fintech_dashboard;

reset role;

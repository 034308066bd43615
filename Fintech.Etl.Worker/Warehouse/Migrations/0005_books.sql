-- The ETL's own books.
set local role fintech_etl;

create table etl.run (
    run_id             bigint        generated always as identity primary key,
    kind               text          not null check (kind in ('batch', 'stream')),
    status             text          not null default 'running' check (status in ('running', 'succeeded', 'failed')),
    trigger            text          not null,
    host               text          not null,
    settings           jsonb         not null default '{}',
    started_at         timestamptz   not null default clock_timestamp(),
    finished_at        timestamptz,
    source_system      text,
    rows_read          bigint        not null default 0,
    amount_read        numeric(20,2) not null default 0,
    rows_loaded        bigint        not null default 0,
    amount_loaded      numeric(20,2) not null default 0,
    rows_quarantined   bigint        not null default 0,
    amount_quarantined numeric(20,2) not null default 0,
    rows_known         bigint        not null default 0,
    amount_known       numeric(20,2) not null default 0,
    stages             jsonb         not null default '[]',
    error              text
);
comment on table etl.run is 'One row per batch pass, and one per session of a stream worker. Rows and sums of a batch: read = loaded + quarantined + known.';
comment on column etl.run.stages is '[{"stage":"extract","what":"transactions","rows":100000,"amount":123.45,"seconds":0.8}, …]';

create table etl.check_result (
    run_id   bigint  not null references etl.run,
    name     text    not null,
    severity text    not null check (severity in ('block', 'quarantine', 'warn')),
    passed   boolean not null,
    failures bigint  not null,
    sample   text[]  not null default '{}',
    detail   text,
    primary key (run_id, name)
);
comment on column etl.check_result.sample is 'Keys of a few failing rows: never their contents.';

create table etl.rejected_row (
    rejected_id   bigint      generated always as identity primary key,
    run_id        bigint      not null references etl.run,
    origin        text        not null,
    source_system text        not null,
    record_key    text        not null,
    check_name    text        not null,
    reason        text        not null,
    amount        numeric(20,2),
    payload       jsonb,
    sealed        bytea,
    content_hash  bytea       not null,
    status        text        not null default 'open' check (status in ('open', 'replayed', 'discarded')),
    rejected_at   timestamptz not null default clock_timestamp(),
    unique (origin, source_system, record_key, content_hash),
    check ((payload is null) <> (sealed is null))
);
comment on table etl.rejected_row is 'Quarantine. A row met again with the same content is the same rejection, not a second one.';
comment on column etl.rejected_row.origin is 'Where it came from: a table (transactions), a collection (merchants) or a stream (transactions:3).';
comment on column etl.rejected_row.record_key is 'Key in its origin: the transaction id, or the stream entry id.';
comment on column etl.rejected_row.payload is 'The pseudonymised row.';
comment on column etl.rejected_row.sealed is 'Input that could not be parsed, hence not be pseudonymised: AES-256-GCM, nonce (12) + ciphertext + tag (16).';

create table etl.watermark (
    source_system text        not null,
    entity        text        not null,
    last_id       bigint      not null,
    updated_at    timestamptz not null default clock_timestamp(),
    primary key (source_system, entity)
);
create table etl.watermark_gap (
    source_system text        not null,
    entity        text        not null,
    ids           int8range   not null,
    noticed_at    timestamptz not null default clock_timestamp(),
    primary key (source_system, entity, ids)
);
comment on table etl.watermark_gap is 'Ids below the watermark that were not there: rolled back, or still in flight. They are read again until they are too old to appear.';

create table etl.stream_checkpoint (
    stream       text        primary key,
    last_entry   text        not null default '0-0',
    entries_read bigint      not null default 0,
    owner        text,
    updated_at   timestamptz not null default clock_timestamp()
);
comment on table etl.stream_checkpoint is 'Moves in the transaction that writes the facts, only from the value its writer started from: the fence against two owners.';

create table etl.rule_set (
    version    integer     generated always as identity primary key,
    rules      jsonb       not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by text        not null
);
comment on table etl.rule_set is 'Append-only; the highest version is in force.';
comment on column etl.rule_set.rules is '[{"rule":"high-value","enabled":true,"threshold":3000,"currency":"USD"}]';

create table etl.pii_key (
    version     integer     primary key,
    fingerprint bytea       not null,
    created_at  timestamptz not null default clock_timestamp()
);
comment on table etl.pii_key is 'Which keys this warehouse was pseudonymised with: a fingerprint to recognise each, never the key.';

create table etl.command (
    command_id   bigint      generated always as identity primary key,
    name         text        not null,
    arguments    jsonb       not null default '{}',
    requested_by text        not null,
    requested_at timestamptz not null default clock_timestamp(),
    started_at   timestamptz,
    finished_at  timestamptz,
    answer       jsonb
);
comment on table etl.command is 'What the dashboard asks for; the worker executes, answers and audits.';

create table etl.audit (
    audit_id bigint      generated always as identity primary key,
    at       timestamptz not null default clock_timestamp(),
    actor    text        not null,
    action   text        not null,
    subject  text        not null,
    detail   jsonb       not null default '{}'
);

create table etl.erased_subject (
    subject_hash bytea       primary key,
    erased_at    timestamptz not null default clock_timestamp()
);
comment on table etl.erased_subject is 'Keyed tombstones: the next pass does not bring an erased person back.';

-- The dashboard sees that and how much was quarantined, never the rows.
create view etl.quarantine_summary as
select origin, source_system, check_name, status, count(*) as rows, sum(amount) as amount, max(rejected_at) as last_rejected_at
from etl.rejected_row
group by origin, source_system, check_name, status;

grant select on etl.run, etl.check_result, etl.watermark, etl.stream_checkpoint, etl.rule_set, etl.command, etl.quarantine_summary to fintech_dashboard;
grant insert (name, arguments, requested_by) on etl.command to fintech_dashboard;

reset role;

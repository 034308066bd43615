-- Alerts leave the house through an outbox, tell when somebody first saw them, and what the dashboard asks for tells how far it is.
set local role fintech_etl;

-- Who is told, as the worker is configured: no address and no secret, these stay in the configuration.
create table etl.webhook_target (
    target        text        primary key,
    min_severity  text        not null check (min_severity in ('low', 'medium', 'high', 'critical')),
    registered_at timestamptz not null default clock_timestamp()
);

create table etl.webhook_delivery (
    delivery_id     bigint      generated always as identity primary key,
    target          text        not null,
    transaction_id  text        collate "C" not null,
    source_system   text        collate "C" not null,
    event_key       text        not null,
    payload         jsonb       not null,
    status          text        not null default 'pending' check (status in ('pending', 'delivered', 'dead')),
    attempts        integer     not null default 0,
    created_at      timestamptz not null default clock_timestamp(),
    tried_since     timestamptz not null default clock_timestamp(),
    next_attempt_at timestamptz not null default clock_timestamp(),
    decided_at      timestamptz,
    last_error      text,
    unique (target, transaction_id, source_system),
    check ((status = 'pending') = (decided_at is null))
);
create index webhook_delivery_due on etl.webhook_delivery (target, next_attempt_at) where status = 'pending';
create index webhook_delivery_decided on etl.webhook_delivery (status, decided_at) where status <> 'pending';

comment on table etl.webhook_delivery is 'The outbox: one row per alert and target, written in the transaction of the alert. delivered: the receiver said 2xx. dead: given up, last_error says why; webhooks retry takes it up again.';
comment on column etl.webhook_delivery.event_key is 'Idempotency key of the receiver (header webhook-id): a function of the alert, the same for every attempt and every target.';
comment on column etl.webhook_delivery.tried_since is 'From when the time counts after which it is given up; a retry that is asked for moves it.';
comment on column etl.webhook_delivery.next_attempt_at is 'Moved ahead before an attempt: a lease, so that a deliverer that is killed holds nothing and another one goes on.';

grant select on etl.webhook_target to fintech_dashboard;
-- Whether it was delivered, not what was in it.
grant select (delivery_id, target, transaction_id, source_system, event_key, status, attempts, created_at, tried_since, next_attempt_at, decided_at, last_error)
    on etl.webhook_delivery to fintech_dashboard;

-- The last stage of an alert. A table beside the facts, so that the dashboard appends and changes nothing.
create table dw.alert_shown (
    transaction_id text        collate "C" not null,
    source_system  text        collate "C" not null,
    shown_at       timestamptz not null,
    primary key (transaction_id, source_system),
    foreign key (transaction_id, source_system) references dw.fact_fraud_alerts not enforced
);
comment on table dw.alert_shown is 'When the first frame that contained the alert had been sent to a page. No row: nobody was watching yet.';

create view dw.alert_stages as
select alert.transaction_id, alert.source_system, alert.occurred_at, alert.received_at, alert.scored_at, alert.committed_at, shown.shown_at
from dw.fact_fraud_alerts alert
left join dw.alert_shown shown using (transaction_id, source_system);
comment on view dw.alert_stages is 'The times of an alert: event, arrival in the stream, scored, committed (just before the commit was sent), first sent to a page.';

grant select on dw.alert_shown, dw.alert_stages to fintech_dashboard, fintech_analyst;
grant insert on dw.alert_shown to fintech_dashboard;

alter table etl.command
    add column progress jsonb,
    add column outcome  text check (outcome in ('succeeded', 'failed')),
    add check ((finished_at is null) = (outcome is null));
create index command_open on etl.command (command_id) where finished_at is null;
comment on column etl.command.name is 'run, audit, rejected fix, rejected replay or rejected discard; arguments as in docs/operations.md.';
comment on column etl.command.progress is 'While it runs, for example {"doing":"loading transactions","rows":12000,"of":100000}.';
comment on column etl.command.answer is '{"message":"…"} with a sentence, and the numbers of what was done.';

reset role;

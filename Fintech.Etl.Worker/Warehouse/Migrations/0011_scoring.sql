-- What scoring remembers of each customer, who is snoozed, and how often each rule fired.
set local role fintech_etl;

create table etl.rule_snooze (
    snooze_id   bigint      generated always as identity primary key,
    customer_id bigint      not null,
    rule        text,
    until       timestamptz not null,
    reason      text        not null,
    created_at  timestamptz not null default clock_timestamp(),
    created_by  text        not null
);
comment on table etl.rule_snooze is 'Append-only: of a customer and a rule the newest row counts. It silences transactions received from created_at on that occurred before until; a row with until = created_at ends a snooze.';
comment on column etl.rule_snooze.rule is 'Name of the rule; null for all of them.';

-- Counted in the transaction of the facts, so exactly once; the slot is the stream's partition, as in the aggregates.
create table etl.rule_count (
    rule_set_version integer  not null,
    rule             text     not null,
    day              date     not null,
    slot             smallint not null,
    evaluated        bigint   not null,
    alerted          bigint   not null,
    shadowed         bigint   not null,
    snoozed          bigint   not null,
    primary key (rule_set_version, rule, day, slot)
) with (fillfactor = 70);
comment on column etl.rule_count.day is 'UTC day of scoring.';
comment on column etl.rule_count.shadowed is 'Fired, and would have alerted if the rule were not in shadow mode.';

create table etl.scoring_snapshot (
    stream        text        primary key,
    sequence      bigint      not null,
    format        smallint    not null,
    last_entry    text        not null,
    replay_after  text        not null,
    received_from timestamptz not null,
    currencies    text[]      not null,
    categories    text[]      not null,
    customers     bigint      not null,
    taken_at      timestamptz not null
);
comment on table etl.scoring_snapshot is 'What scoring remembered of a stream''s customers when last_entry was committed; what came since is replayed from the facts.';
comment on column etl.scoring_snapshot.sequence is 'Grows by one with each snapshot: who takes the next must have the one before.';
comment on column etl.scoring_snapshot.replay_after is 'Entries above it are not part of the snapshot. The same as last_entry, but where the stream was reset: then the last entry of the old one.';
comment on column etl.scoring_snapshot.received_from is 'No fact of the stream that came after replay_after was received earlier: where a replay begins to look.';
comment on column etl.scoring_snapshot.currencies is 'Numbered from 0 in the blocks.';

create table etl.scoring_block (
    stream  text     not null references etl.scoring_snapshot,
    block   smallint not null,
    content bytea    not null,
    primary key (stream, block)
);
-- Dense numbers: an attempt to compress them would cost more than it saves.
alter table etl.scoring_block alter column content set storage external;
comment on table etl.scoring_block is 'Customers of a snapshot, in 256 blocks by id; a snapshot writes those that changed.';

-- A replay reads the facts received since a moment; they lie where they were written.
create index fact_transactions_received on dw.fact_transactions using brin (received_at);

comment on column dw.fact_fraud_alerts.hits is 'The rules that fired, with all that they looked at: [{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000.00,"unit":"USD","score":65,"weight":50,"severity":"high"}]. More in docs/rules.md.';
comment on column etl.rule_set.rules is '[{"rule":"high-value","enabled":true,"shadow":false,"weight":50,"threshold":3000,"currency":"USD"}]; all rules and parameters are in docs/rules.md.';

grant select on etl.rule_snooze, etl.rule_count, etl.scoring_snapshot to fintech_dashboard;

reset role;

-- Facts. The unique key per hash partition is the arbiter of exactly-once across all dates: whoever inserts a key first
-- owns the transaction, everyone else finds it known. Foreign keys are declared for readers and tools but NOT ENFORCED:
-- enforcing them row by row costs seven times the load itself; every run checks for orphans instead.
set local role fintech_etl;

create table dw.fact_transactions (
    transaction_id text          collate "C" not null,
    source_system  text          collate "C" not null,
    type           text          not null default 'purchase' check (type in ('purchase', 'refund', 'reversal')),
    customer_key   bigint        not null references dw.dim_customer not enforced,
    merchant_key   bigint        not null references dw.dim_merchant not enforced,
    date_key       integer       not null references dw.dim_date not enforced,
    occurred_at    timestamptz   not null,
    received_at    timestamptz   not null,
    amount         numeric(14,2) not null,
    currency       text          not null,
    terminal_id    text,
    load_id        bigint        not null,
    stream_entry   text,
    primary key (transaction_id, source_system)
) partition by hash (transaction_id);

do $$
begin
    for part in 0..15 loop
        execute format(
            'create table dw.fact_transactions_%s partition of dw.fact_transactions for values with (modulus 16, remainder %s)',
            to_char(part, 'FM00'), part);
    end loop;
end
$$;

create index fact_transactions_occurred on dw.fact_transactions using brin (occurred_at);

comment on table dw.fact_transactions is 'One row per card transaction, whichever way it came.';
comment on column dw.fact_transactions.source_system is 'The ledger the id belongs to: inputs that carry the same ledger share a name and de-duplicate.';
comment on column dw.fact_transactions.occurred_at is 'Event time: history counts by it.';
comment on column dw.fact_transactions.received_at is 'Arrival in the stream, or start of the batch run: live windows count by it.';
comment on column dw.fact_transactions.load_id is 'etl.run that wrote the row.';
comment on column dw.fact_transactions.stream_entry is 'Stream and entry id, for example transactions:3/1767225600000-0; null for batch rows.';

create table dw.fact_fraud_alerts (
    transaction_id   text          collate "C" not null,
    source_system    text          collate "C" not null,
    customer_key     bigint        not null references dw.dim_customer not enforced,
    merchant_key     bigint        not null references dw.dim_merchant not enforced,
    date_key         integer       not null references dw.dim_date not enforced,
    amount           numeric(14,2) not null,
    currency         text          not null,
    severity         text          not null check (severity in ('low', 'medium', 'high', 'critical')),
    score            smallint      not null check (score between 0 and 100),
    rule_set_version integer       not null,
    hits             jsonb         not null,
    occurred_at      timestamptz   not null,
    received_at      timestamptz   not null,
    scored_at        timestamptz   not null,
    committed_at     timestamptz   not null,
    trace_id         text,
    load_id          bigint        not null,
    primary key (transaction_id, source_system)
);
create index fact_fraud_alerts_committed on dw.fact_fraud_alerts (committed_at desc);

comment on table dw.fact_fraud_alerts is 'One row per alert, keyed as its transaction: the same events give the same alerts, id by id.';
comment on column dw.fact_fraud_alerts.hits is 'The rules that fired: [{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000.00,"unit":"USD","score":65}]';

create table dw.alert_disposition (
    disposition_id bigint      generated always as identity primary key,
    transaction_id text        collate "C" not null,
    source_system  text        collate "C" not null,
    status         text        not null check (status in ('open', 'acknowledged', 'confirmed_fraud', 'false_positive')),
    comment        text,
    actor          text        not null,
    created_at     timestamptz not null default clock_timestamp(),
    foreign key (transaction_id, source_system) references dw.fact_fraud_alerts
);
create index alert_disposition_alert on dw.alert_disposition (transaction_id, source_system, disposition_id desc);
comment on table dw.alert_disposition is 'Append-only: the newest row of an alert is its state, the others are its history.';

grant select on all tables in schema dw to fintech_dashboard, fintech_analyst;
grant insert on dw.alert_disposition to fintech_dashboard;

reset role;

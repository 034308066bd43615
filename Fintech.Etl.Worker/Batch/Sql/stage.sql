-- What one pass brings, until it is merged: temporary, so that nothing of it outlives the transaction or is written to the
-- log. Rows that failed a check travel with the others and carry its name.
-- The planner's just-in-time compilation costs more than these statements take.
set local jit = off;
set local work_mem = '64MB';

create temp table stage_customer (
    customer_id     bigint not null,
    first_name      text,
    first_name_hash bytea,
    last_name_mask  text,
    last_name_hash  bytea,
    email_mask      text,
    email_hash      bytea,
    signup_date     date,
    row_hash        bytea  not null,
    former_row_hash bytea,      -- Under the key before, while it is rotated.
    email_key       bigint,     -- Of the keyed hash the first eight bytes, whatever the policy: equal addresses are found by it.
    email_fault     text        -- The check that the address fails.
) on commit drop;

create temp table stage_merchant (
    position      bigint not null,
    record_key    text   not null,
    merchant_name text,
    category      text,
    check_name    text,
    reason        text,
    sealed        bytea,
    content_hash  bytea  not null
) on commit drop;

create temp table stage_transaction (
    transaction_id text collate "C" not null,
    customer_id    bigint,
    merchant_name  text   not null,
    occurred_at    timestamptz,
    date_key       integer,
    amount         numeric(14,2),
    type           text   not null,
    currency       text   not null,
    terminal_id    text,
    content_hash   bytea  not null,
    check_name     text,
    reason         text
) on commit drop;

-- The facts of this run, as the fact table took them.
create temp table loaded (
    transaction_id text collate "C" not null,
    customer_key   bigint  not null,
    merchant_key   bigint  not null,
    date_key       integer not null,
    minute         timestamptz not null,
    amount         numeric(14,2) not null,
    currency       text        not null,
    type           text        not null
) on commit drop;

-- Keys of rows that a warning check found something about.
create temp table finding (
    check_name text not null,
    record_key text collate "C" not null
) on commit drop;

-- What the facts of this run add to the aggregates; a minute may come in several rows.
create temp table loaded_minute (
    minute       timestamptz   not null,
    category     text          not null,
    currency     text          not null,
    transactions bigint        not null,
    amount       numeric(24,2) not null
) on commit drop;

create temp table rejected (
    origin       text  not null,
    record_key   text  not null,
    check_name   text  not null,
    reason       text  not null,
    amount       numeric(20,2),
    payload      jsonb,
    sealed       bytea,
    content_hash bytea not null
) on commit drop;

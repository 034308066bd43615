-- What the continuous comparison of live counters with the facts found.
set local role fintech_etl;

create table etl.live_audit (
    check_name     text        primary key,
    audited_at     timestamptz not null,
    compared       bigint      not null,
    drift          bigint      not null,
    compared_total bigint      not null,
    drift_total    bigint      not null,
    drift_at       timestamptz,
    sample         text[]      not null default '{}'
);
comment on table etl.live_audit is 'The newest result of each check, and totals of all. drift must be zero.';
comment on column etl.live_audit.check_name is 'minutes: rows of dw.agg_minute_total and agg_minute_category against the facts; customers: what scoring remembers of customers against their facts.';
comment on column etl.live_audit.sample is 'What drifted last, such as 2026-03-01 12:30 USD slot 3, or transactions:3 block 17: never customers.';

grant select on etl.live_audit to fintech_dashboard;

reset role;

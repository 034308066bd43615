-- What the comparison of the warehouse with its source remembers.
set local role fintech_etl;

create table etl.source_audit (
    source_system    text          primary key,
    audited_at       timestamptz   not null,
    source_rows      bigint        not null,
    source_amount    numeric(24,2) not null,
    warehouse_rows   bigint        not null,
    warehouse_amount numeric(24,2) not null,
    rows_changed     bigint        not null,
    rows_deleted     bigint        not null,
    rows_missing     bigint        not null,
    repaired         boolean       not null
);
comment on table etl.source_audit is 'The newest audit of each source; all of them are in etl.audit. The schedule goes by audited_at.';

grant select on etl.source_audit to fintech_dashboard;

reset role;

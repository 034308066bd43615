-- What the comparison of the warehouse with its source remembers, and when the source was last read.
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

alter table etl.watermark add column read_at timestamptz;
comment on column etl.watermark.read_at is 'The source''s clock when the pass looked at it that moved the watermark: rows with a later updated_at are read again.';

grant select on etl.source_audit to fintech_dashboard;

reset role;

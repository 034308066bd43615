-- Blocks of rows of the source, as they were when last read: what has not changed since need not be read again.
set local role fintech_etl;

create table etl.source_digest (
    source_system text     collate "C" not null,
    entity        text     collate "C" not null,
    block         integer  not null,
    digest        bytea    not null,
    primary key (source_system, entity, block)
);
comment on column etl.source_digest.digest is 'Keyed hash of number and contents of the rows in the block: recognises a change, tells nothing of the rows.';

alter table etl.watermark add column newest_event timestamptz;
comment on column etl.watermark.newest_event is 'Minute of the newest transaction that was loaded: how fresh the source is.';

reset role;

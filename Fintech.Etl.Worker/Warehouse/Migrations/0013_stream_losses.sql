-- What Redis lost: noticed by the owner of the partition, kept as a row that nobody changes, shown by the page.
set local role fintech_etl;

alter table etl.stream_checkpoint
    add column epoch        text,
    add column entries_seen bigint,
    add column last_seen    text;
comment on column etl.stream_checkpoint.epoch is 'Name of the consumer group that marks the stream in Redis this position is of; another one, or none, is another stream.';
comment on column etl.stream_checkpoint.entries_seen is 'Entries ever added, as the stream said when it was last found in step…';
comment on column etl.stream_checkpoint.last_seen is '…and its newest entry then: unread, it must still be there.';

create table etl.stream_loss (
    loss_id       bigint      generated always as identity primary key,
    stream        text        not null,
    noticed_at    timestamptz not null default clock_timestamp(),
    kind          text        not null check (kind in ('reset', 'older-copy', 'removed')),
    after_entry   text        not null,
    entries_read  bigint      not null,
    entries_added bigint      not null,
    missing       bigint      not null check (missing >= 0)
);
create index stream_loss_noticed on etl.stream_loss (noticed_at desc);
comment on table etl.stream_loss is 'Streams that were found short of entries. What had been read before is in the warehouse and stays.';
comment on column etl.stream_loss.kind is 'reset: another stream under the same name; older-copy: the same one, set back in time; removed: trimmed or deleted by somebody else.';
comment on column etl.stream_loss.after_entry is 'The committed position when it was noticed.';
comment on column etl.stream_loss.entries_added is 'What the stream itself said then.';
comment on column etl.stream_loss.missing is 'Entries known to have been in the stream and never read. What came and went between two looks (a second apart) nobody can count.';

grant select on etl.stream_loss to fintech_dashboard;

reset role;

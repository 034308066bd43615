-- What workers say of themselves and of Redis as long as they live, so that it can be told from what one of them said once.
set local role fintech_etl;

alter table etl.webhook_target add column seen_at timestamptz not null default clock_timestamp();
comment on column etl.webhook_target.seen_at is 'When a worker that delivers to it last said so; an hour later the target is taken for configured no more.';

create table etl.redis_durability (
    only_row    boolean     primary key default true check (only_row),
    append_only boolean     not null,
    checked_at  timestamptz not null default clock_timestamp()
);
comment on table etl.redis_durability is 'Whether Redis keeps an append-only file, as the worker that asked last was told. Without one a restart of Redis loses entries it had accepted.';

grant select on etl.redis_durability to fintech_dashboard;

reset role;

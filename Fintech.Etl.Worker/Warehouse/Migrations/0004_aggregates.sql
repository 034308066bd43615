-- Aggregates the live page needs, written in the transaction of the facts they count. The slot (stream partition, or -1 for
-- batch) is part of the key, so that writers never wait for one another; readers sum over slots.
-- Stream slots count by the minute of arrival, the batch slot by the minute of the event.
set local role fintech_etl;

create table dw.agg_minute_category (
    minute       timestamptz   not null,
    category     text          not null,
    currency     text          not null,
    slot         smallint      not null,
    transactions bigint        not null,
    amount       numeric(24,2) not null,
    primary key (minute, category, currency, slot)
) with (fillfactor = 70);

create table dw.agg_minute_total (
    minute       timestamptz   not null,
    currency     text          not null,
    slot         smallint      not null,
    transactions bigint        not null,
    amount       numeric(24,2) not null,
    alerts       bigint        not null,
    primary key (minute, currency, slot)
) with (fillfactor = 70);

comment on column dw.agg_minute_category.slot is 'Stream partition 0…, or -1 for the batch path.';
comment on column dw.agg_minute_total.slot is 'Stream partition 0…, or -1 for the batch path.';

grant select on all tables in schema dw to fintech_dashboard, fintech_analyst;

reset role;

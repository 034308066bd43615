-- Triage. A disposition names the one it follows: of two that follow the same one the unique key lets the first in, whoever looked
-- when, so that nobody's decision is overwritten unseen. What an alert is now is kept beside, by triggers, in the order in which it is asked for.
set local role fintech_etl;

alter table dw.alert_disposition
    add column after_disposition_id bigint,
    add column undoes               bigint,
    add constraint alert_disposition_comment_length check (length(comment) <= 2000) not valid,
    add constraint alert_disposition_actor_length check (length(actor) between 1 and 200) not valid;

update dw.alert_disposition d
set after_disposition_id = before.disposition_id
from (select disposition_id as next, lag(disposition_id) over (partition by transaction_id, source_system order by disposition_id) as disposition_id
      from dw.alert_disposition) before
where before.next = d.disposition_id and before.disposition_id is not null;

-- One successor each, and the first of an alert is one as well; of the same alert; undone once.
alter table dw.alert_disposition
    add constraint alert_disposition_of_alert unique (transaction_id, source_system, disposition_id),
    add constraint alert_disposition_successor unique nulls not distinct (transaction_id, source_system, after_disposition_id),
    add constraint alert_disposition_after foreign key (transaction_id, source_system, after_disposition_id)
        references dw.alert_disposition (transaction_id, source_system, disposition_id),
    add constraint alert_disposition_undoes foreign key (transaction_id, source_system, undoes)
        references dw.alert_disposition (transaction_id, source_system, disposition_id),
    add constraint alert_disposition_undone_once unique (undoes),
    add constraint alert_disposition_order check (after_disposition_id < disposition_id and undoes <= after_disposition_id);
drop index dw.alert_disposition_alert;  -- The key alert_disposition_of_alert leads to the newest as well.

comment on column dw.alert_disposition.after_disposition_id is 'The newest disposition of the alert that its author had seen; null where there was none.';
comment on column dw.alert_disposition.undoes is 'The disposition that this one takes back: the status is again what it was before that. Nothing is ever deleted.';

-- When it was written is the database''s to say, and the rest of the row is all that the dashboard decides.
revoke insert on dw.alert_disposition from fintech_dashboard;
grant insert (transaction_id, source_system, status, comment, actor, after_disposition_id, undoes) on dw.alert_disposition to fintech_dashboard;

create function dw.rules_of(hits jsonb) returns text[]
language sql immutable parallel safe
as $$
    select coalesce(array_agg(distinct coalesce(hit ->> 'name', hit ->> 'rule')) filter (where hit ->> 'rule' is not null), '{}')
    from jsonb_array_elements(case jsonb_typeof(hits) when 'array' then hits else '[]' end) hit
$$;
comment on function dw.rules_of is 'By which name the rules that fired are counted and snoozed.';

-- A narrow copy of what lists filter and sort by: asking facts and newest dispositions instead looks at every alert.
create table dw.alert_state (
    transaction_id text          collate "C" not null,
    source_system  text          collate "C" not null,
    status         text          not null default 'open',
    disposition_id bigint,
    actor          text,
    changed_at     timestamptz,
    urgency        smallint      not null check (urgency between 1 and 4),
    score          smallint      not null,
    amount         numeric(14,2) not null,
    customer_key   bigint        not null,
    rules          text[]        not null,
    committed_at   timestamptz   not null,
    primary key (transaction_id, source_system),
    foreign key (transaction_id, source_system) references dw.fact_fraud_alerts on delete cascade
) with (fillfactor = 80);
comment on table dw.alert_state is 'What an alert is now: written by triggers of fact_fraud_alerts and alert_disposition, in their transactions, and by nobody else.';
comment on column dw.alert_state.urgency is '1 = critical, 2 = high, 3 = medium, 4 = low: so that the order of work is ascending throughout.';

insert into dw.alert_state
select a.transaction_id, a.source_system, coalesce(d.status, 'open'), d.disposition_id, d.actor, d.created_at,
       array_position('{critical,high,medium,low}'::text[], a.severity), a.score, a.amount, a.customer_key, dw.rules_of(a.hits), a.committed_at
from dw.fact_fraud_alerts a
left join (select distinct on (transaction_id, source_system) * from dw.alert_disposition order by transaction_id, source_system, disposition_id desc) d
    using (transaction_id, source_system);

-- The order of work, most severe first and of these the oldest; and by age, whatever the state.
create index alert_state_work on dw.alert_state (status, urgency, committed_at, transaction_id, source_system);
create index alert_state_age on dw.alert_state (committed_at, transaction_id, source_system);
create index alert_state_customer on dw.alert_state (customer_key);

create function dw.open_alerts() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    insert into dw.alert_state (transaction_id, source_system, urgency, score, amount, customer_key, rules, committed_at)
    select transaction_id, source_system, array_position('{critical,high,medium,low}'::text[], severity), score, amount, customer_key, dw.rules_of(hits), committed_at
    from added;
    return null;
end
$$;
create trigger open_alerts after insert on dw.fact_fraud_alerts referencing new table as added for each statement execute function dw.open_alerts();

create function dw.note_disposition() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    update dw.alert_state
    set status = new.status, disposition_id = new.disposition_id, actor = new.actor, changed_at = new.created_at
    where transaction_id = new.transaction_id and source_system = new.source_system and disposition_id is not distinct from new.after_disposition_id;
    if not found then
        raise exception 'disposition % does not follow the newest one of its alert', new.disposition_id using errcode = 'unique_violation';
    end if;
    return null;
end
$$;
create trigger note_disposition after insert on dw.alert_disposition for each row execute function dw.note_disposition();

-- Who works on what. A lease and no record: it is renewed while the alert is open on a page, given back, or runs out.
create table dw.alert_claim (
    transaction_id text        collate "C" not null,
    source_system  text        collate "C" not null,
    actor          text        not null check (length(actor) between 1 and 200),
    holder         uuid        not null,
    claimed_at     timestamptz not null default clock_timestamp(),
    expires_at     timestamptz not null,
    primary key (transaction_id, source_system),
    foreign key (transaction_id, source_system) references dw.fact_fraud_alerts on delete cascade
) with (fillfactor = 50);
create index alert_claim_holder on dw.alert_claim (holder);
comment on table dw.alert_claim is 'The alert is taken until expires_at. The key is the arbiter: of two who take the same one the second finds it taken, and takes the next.';
comment on column dw.alert_claim.holder is 'The page that took it: somebody with two pages open takes two alerts.';

grant select on dw.alert_state, dw.alert_claim to fintech_dashboard, fintech_analyst;
grant insert (transaction_id, source_system, actor, holder, expires_at), update, delete on dw.alert_claim to fintech_dashboard;

-- A customer's transactions, when somebody looks at an alert of theirs: 4 ms of 5 million facts, where a scan takes 700 ms and more. It costs a row
-- that is appended 2 to 3 microseconds and a direct load under a second per million; a block range index with Bloom filters took as long to build,
-- and the planner left it aside.
create index fact_transactions_customer on dw.fact_transactions (customer_key);

reset role;

-- Whether members that somebody remembers are still the current ones: a stream keeps surrogate keys in memory, and asks with each
-- batch, in the batch's own transaction, whether any of them has changed.
set local role fintech_etl;

create table etl.member_generation (
    only_row   boolean primary key default true check (only_row),
    generation bigint  not null default 0
);
insert into etl.member_generation default values;
comment on table etl.member_generation is 'Grows with every transaction that closes, empties or renames a current member. New members do not count: nobody remembers them.';

-- Set-wise, and only where something that is remembered changes: a rotation that hashes a million customers anew is no reason to
-- forget them. The row stays locked until the writer commits; writers of dimensions go one at a time anyhow, and streams only read it.
create function etl.note_changed_customers() returns trigger language plpgsql as $$
begin
    if exists (
        select from before join after using (customer_key)
        where before.is_current
          and (before.is_current, before.customer_id) is distinct from (after.is_current, after.customer_id))
    then
        update etl.member_generation set generation = generation + 1;
    end if;
    return null;
end
$$;

create function etl.note_changed_merchants() returns trigger language plpgsql as $$
begin
    if exists (
        select from before join after using (merchant_key)
        where before.is_current
          and (before.is_current, before.merchant_name, before.category) is distinct from (after.is_current, after.merchant_name, after.category))
    then
        update etl.member_generation set generation = generation + 1;
    end if;
    return null;
end
$$;

-- Nothing of ours removes members; somebody's hand may.
create function etl.note_removed_members() returns trigger language plpgsql as $$
begin
    update etl.member_generation set generation = generation + 1;
    return null;
end
$$;

create trigger note_changed after update on dw.dim_customer
    referencing old table as before new table as after for each statement execute function etl.note_changed_customers();
create trigger note_changed after update on dw.dim_merchant
    referencing old table as before new table as after for each statement execute function etl.note_changed_merchants();
create trigger note_removed after delete or truncate on dw.dim_customer for each statement execute function etl.note_removed_members();
create trigger note_removed after delete or truncate on dw.dim_merchant for each statement execute function etl.note_removed_members();

reset role;

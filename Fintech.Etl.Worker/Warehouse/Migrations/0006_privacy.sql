-- Policies per column, key versions that are rotated, and customers who were erased.
set local role fintech_etl;

alter table dw.dim_customer
    add column first_name_hash bytea,
    add column last_name_mask  text,
    add column email_mask      text,
    add column privacy_policy  text    default 'khh',   -- What all rows until now were made with; a constant needs no rewrite.
    add column is_erased       boolean not null default false;
alter table dw.dim_customer alter column privacy_policy drop default;

comment on column dw.dim_customer.first_name is 'As the source has it, or masked (A***), as the policy says.';
comment on column dw.dim_customer.last_name_mask is 'First letter: L***';
comment on column dw.dim_customer.email_mask is 'First letter and top-level domain: a***@***.org';
comment on column dw.dim_customer.privacy_policy is 'The policies the row was made with, one letter each for first_name, last_name, email: h(ash), m(ask), k(eep), d(rop). A hyphen after them: only reduced to these, without the source.';
comment on column dw.dim_customer.is_erased is 'An anonymous member: its customer_id is a random negative number, and nothing tells who it was.';

-- The secret that outlives rotations (tombstones and contents met again are recognised by it) travels from key to key.
alter table etl.pii_key
    add column carried    bytea,
    add column rotated_at timestamptz;
update etl.pii_key set rotated_at = created_at;
comment on column etl.pii_key.carried is 'The carried secret, sealed under the key of this version; only the newest version has it once the rotation is finished.';
comment on column etl.pii_key.rotated_at is 'When the rotation to this version was finished; null while rows of the version before may still be there.';

-- Nobody was erased until now: the table is empty.
alter table etl.erased_subject
    add column alias      bigint not null unique,
    add column erasure_id bigint generated always as identity unique;
comment on column etl.erased_subject.subject_hash is 'HMAC-SHA-256 of the customer id under the carried secret.';
comment on column etl.erased_subject.alias is 'The customer_id that stands for the person from now on: random, negative.';
comment on column etl.erased_subject.erasure_id is 'The highest one is what a stream compares: a batch read before an erasure must not commit after it.';

-- What is sealed names the key version it was sealed under; there was only the first.
update etl.rejected_row set sealed = '\x00000001'::bytea || sealed where sealed is not null;
comment on column etl.rejected_row.sealed is 'Input that could not be parsed, hence not be pseudonymised: key version (4), then AES-256-GCM, nonce (12) + ciphertext + tag (16).';

-- Commands that write the warehouse beside the passes have their row, too.
alter table etl.run drop constraint run_kind_check;
alter table etl.run add constraint run_kind_check check (kind in ('batch', 'stream', 'command'));

reset role;

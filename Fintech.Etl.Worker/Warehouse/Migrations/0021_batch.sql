-- What passes remember of customers whom updated_at alone does not find, and which session of the server a run has.
set local role fintech_etl;

alter table etl.source_digest add column compared_at timestamptz;
comment on column etl.source_digest.compared_at is 'On the row of block -1, which stands for all of them: when all blocks were last compared, where the extract has updated_at and passes compare them only now and then.';

-- Every pass looks for members that nobody has introduced yet: few, or none.
create index dim_customer_inferred on dw.dim_customer (customer_key) where is_current and is_inferred;

alter table etl.run add column backend integer;
comment on column etl.run.backend is 'The server''s process of the session that writes, pg_backend_pid(): by it the holder of a lock is found among runs.';

reset role;

-- While history is loading the page says how far it is, of how much.
set local role fintech_etl;

alter table etl.run add column rows_expected bigint;
comment on column etl.run.rows_expected is 'What the pass expects to read, as the source''s planner estimates it; null where the run has not said. While it runs, rows_read is as far as it has come.';

reset role;

-- Beside the real one, in the same database: a fact table with the same columns and partitions, without keys and indexes.
drop schema if exists bench cascade;
create schema bench;
create table bench.fact (like dw.fact_transactions including defaults including constraints) partition by hash (transaction_id);
do $$
begin
    for part in 0..15 loop
        execute format('create table bench.fact_%s partition of bench.fact for values with (modulus 16, remainder %s)', part, part);
    end loop;
end
$$;

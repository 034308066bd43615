-- What the source holds in the blocks that differ is staged like the rows of a pass. It moves aside, to be compared more than
-- once, and leaves an empty stage for what a repair loads.
alter table stage_transaction rename to audited_row;
create temp table stage_transaction (like audited_row including all) on commit drop;
create temp table difference (transaction_id text collate "C" primary key, kind text not null) on commit drop;
analyze audited_row;

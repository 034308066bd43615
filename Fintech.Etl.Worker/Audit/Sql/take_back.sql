-- Facts that the source has no longer, or has with other content, leave the fact table; what the source has instead takes the
-- way of every row of a pass, checks included. Yields how many facts left.
create temp table removed on commit drop as
select * from dw.fact_transactions limit 0;

with taken as (
    delete from dw.fact_transactions f
    using difference d
    where f.transaction_id = d.transaction_id and f.source_system = @source_system and d.kind in ('changed', 'deleted')
    returning f.*
)
insert into removed select * from taken;

insert into stage_transaction
select r.* from audited_row r join difference d using (transaction_id) where d.kind in ('changed', 'missing');

select count(*) from removed;

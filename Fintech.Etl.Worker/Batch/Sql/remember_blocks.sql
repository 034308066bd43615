-- What the source's customers looked like when they were last read. A block in which somebody is still an inferred member, since
-- a stream was quicker than the merge, is forgotten instead: it will be read again.
delete from etl.source_digest
where source_system = @source_system and entity = 'customers' and block = any(@vanished || @blocks);

insert into etl.source_digest (source_system, entity, block, digest)
select @source_system, 'customers', read.block, read.digest
from unnest(@blocks, @digests) as read (block, digest)
where not exists (
    select
    from dw.dim_customer d
    join stage_customer s using (customer_id)
    where d.is_current and d.is_inferred and (hashint8(d.customer_id) & (@all_blocks - 1)) = read.block
);

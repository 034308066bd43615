-- The rows of a replay, as they are now that the pass holds the warehouse, locked against fixes and decisions until it ends.
-- Then count and sum as the database reads them from the rows themselves: what the pass must account for. Amounts that the books
-- cannot hold count as missing, as they do when a row is rejected.
create temp table taken (
    rejected_id    bigint primary key,
    origin         text  not null,
    transaction_id text collate "C" not null,
    content        jsonb not null,
    content_hash   bytea not null
) on commit drop;

insert into taken
select rejected_id, origin, coalesce(fixed_payload, payload) ->> 'transaction_id', coalesce(fixed_payload, payload), content_hash
from etl.rejected_row
where rejected_id = any(@ids) and status = 'open' and coalesce(fixed_payload, payload) is not null
order by rejected_id
for update;

select count(*), coalesce(sum(amount) filter (where abs(amount) <= 999999999999.99 and round(amount, 2) = amount), 0)
from taken, lateral (select (content ->> 'amount')::numeric as amount) as read;

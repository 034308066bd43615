-- SCD type 2 on category, in the steps of merge_customers.sql. A merchant that arrives after its first transactions turns the
-- inferred member real in place. Yields the number of new versions.
-- Several documents may carry the same name, also names that differ in outer blanks only: the first by _id counts, whatever
-- order they were read in. Statistics first: nothing else tells the planner how large a temporary table is.
create temp table merchant on commit drop as
select distinct on (merchant_name) merchant_name, category
from stage_merchant
where check_name is null
order by merchant_name, position;
analyze merchant;

update dw.dim_merchant d
set category = s.category, is_inferred = false
from merchant s
where d.merchant_name = s.merchant_name and d.is_current and d.is_inferred;

update dw.dim_merchant d
set valid_to = greatest(@started_at, d.valid_from + interval '1 microsecond'), is_current = false
from merchant s
where d.merchant_name = s.merchant_name and d.is_current and not d.is_inferred and d.category <> s.category;

with added as (
    insert into dw.dim_merchant (merchant_name, category, valid_from)
    select s.merchant_name, s.category,
           coalesce((select max(d.valid_to) from dw.dim_merchant d where d.merchant_name = s.merchant_name), '-infinity')
    from merchant s
    where not exists (select from dw.dim_merchant d where d.merchant_name = s.merchant_name and d.is_current)
    order by s.merchant_name
    on conflict (merchant_name) where is_current do nothing
    returning 1
)
select count(*) from added;

-- Several documents may carry the same name, also names that differ in outer blanks only: the first by _id counts, whatever
-- order they were read in. Statistics before the merges: nothing else tells the planner how large a temporary table is.
create temp table merchant on commit drop as
select distinct on (merchant_name) merchant_name, category
from stage_merchant
where check_name is null
order by merchant_name, position;

analyze stage_customer;
analyze merchant;

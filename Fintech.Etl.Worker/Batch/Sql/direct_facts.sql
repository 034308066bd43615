-- May this pass load the fact table directly? While it and the aggregates are empty, and while every member has one version and
-- all their keys fit into the worker's memory, and the categories, with one more for members to come, into the keys of its sums.
select not exists (select from dw.fact_transactions)
   and not exists (select from dw.agg_minute_category)
   and not exists (select from dw.agg_minute_total)
   and not exists (select from dw.dim_customer where not is_current)
   and not exists (select from dw.dim_merchant where not is_current)
   and (select count(*) from dw.dim_customer) <= @most_members
   and (select count(*) from dw.dim_merchant) <= @most_members
   and (select count(distinct category) from dw.dim_merchant) < @most_categories;

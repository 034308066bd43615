-- Which open rows a replay takes, in which passes, and which it cannot take. A pass has one ledger and one currency, and holds a
-- transaction once: should several rejections be of the same one, each takes its turn after those before it, so that the
-- warehouse decides between them as it does between any two passes.
with chosen as (
    select rejected_id,
           coalesce(fixed_payload, payload) as content,
           source_system,
           case when origin = 'merchants' then 'merchant'
                when coalesce(fixed_payload, payload) is null then 'sealed'
                when check_name = 'conflict' and fixed_payload is null then 'conflict' end as refusal
    from etl.rejected_row
    where status = 'open'
      and (@check::text is null or check_name = @check)
      and (@reason::text is null or strpos(lower(reason), lower(@reason)) > 0)
      and (@origin::text is null or origin = @origin)
      and (@ids::bigint[] is null or rejected_id = any(@ids))
),
turns as (
    select rejected_id,
           refusal,
           coalesce(content ->> 'source', source_system) as source_system,
           coalesce(content ->> 'currency', @stream_currency) as currency,
           row_number() over (partition by refusal, coalesce(content ->> 'source', source_system), content ->> 'transaction_id'
                              order by rejected_id) as turn
    from chosen
)
select refusal,
       case when refusal is null then source_system end,
       case when refusal is null then currency end,
       array_agg(rejected_id order by rejected_id)
from turns
group by 1, 2, 3, case when refusal is null then turn end
order by 1 nulls first, case when refusal is null then turn end, 2, 3

-- Every jsonb column of the warehouse, in tables that hold rows themselves.
select format('%I.%I', n.nspname, c.relname), format('%I', a.attname)
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('dw', 'etl') and c.relkind = 'r' and a.atttypid = 'jsonb'::regtype and a.attnum > 0 and not a.attisdropped
order by 1, 2

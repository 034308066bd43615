-- Runs on the source. Yields every column that differs from what the extract was written for.
-- Names are resolved by the login's search_path, as the extract's own queries are. Only numeric is compared with its
-- modifiers: another scale would change amounts, while a longer varchar or a coarser timestamp changes nothing.
with expected (position, table_name, column_name, type) as (
    values ( 1, 'customers',    'customer_id',      'integer'),
           ( 2, 'customers',    'first_name',       'character varying'),
           ( 3, 'customers',    'last_name',        'character varying'),
           ( 4, 'customers',    'email',            'character varying'),
           ( 5, 'customers',    'signup_date',      'date'),
           ( 6, 'transactions', 'transaction_id',   'integer'),
           ( 7, 'transactions', 'customer_id',      'integer'),
           ( 8, 'transactions', 'transaction_date', 'timestamp without time zone'),
           ( 9, 'transactions', 'amount',           'numeric(10,2)'),
           (10, 'transactions', 'merchant_details', 'character varying')
)
select e.table_name,
       e.column_name,
       e.type,
       format_type(a.atttypid, a.atttypmod) as found,
       to_regclass(e.table_name) is null as no_table
from expected e
left join pg_attribute a on a.attrelid = to_regclass(e.table_name) and a.attname = e.column_name and a.attnum > 0 and not a.attisdropped
where format_type(a.atttypid, case when e.type like 'numeric%' then a.atttypmod end) is distinct from e.type
order by e.position;

-- Building key and indexes once costs a fraction of keeping them row by row. A rollback brings them back. The key's name is left
-- to the foreign keys that name it: they are not enforced, so nothing of them needs the index meanwhile.
drop index dw.dim_customer_current;
drop index dw.dim_customer_version;

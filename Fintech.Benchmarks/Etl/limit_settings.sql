-- As stage.sql and direct_facts_keys.sql of the worker set them for a pass.
set local jit = off;
set local work_mem = '64MB';
set local maintenance_work_mem = '256MB';

-- Only while nobody else works with the dimension: a short wait, then the load goes by way of the stage.
set local lock_timeout = '2s';
lock table dw.dim_customer in access exclusive mode;
set local lock_timeout = '30s';

-- May this pass load the customers directly? Only while nobody else works with the dimension (a short wait, then by way of the
-- stage), and while it holds nobody but the unknown member.
set local lock_timeout = '2s';
lock table dw.dim_customer in access exclusive mode;
set local lock_timeout = '30s';

select not exists (select from dw.dim_customer where customer_key <> 0);

-- May this pass load the customers directly? While the dimension holds nobody but the unknown member.
select not exists (select from dw.dim_customer where customer_key <> 0);

-- The tables of a ledger, and its customers. {customers} is put in by the benchmark.
create table customers (customer_id int primary key, first_name varchar(50), last_name varchar(50), email varchar(100) unique, signup_date date);
create table transactions (transaction_id serial primary key, customer_id int references customers, transaction_date timestamp,
    amount decimal(10, 2), merchant_details varchar(255));

insert into customers
select i, 'First' || i % 500, 'Last' || i % 9973, 'customer' || i || '@example.org', date '2020-01-01' + i % 2000
from generate_series(1, {customers}) i;

analyze customers;

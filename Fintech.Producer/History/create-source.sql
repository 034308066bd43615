-- The ledger as an operational system keeps it; the platform only ever reads it.
-- Runs in the transaction that fills the tables, so that they are either complete or not there. They may have been
-- created before us, and empty: then they are used as they are.

CREATE TABLE IF NOT EXISTS customers
(
    customer_id int PRIMARY KEY,
    first_name  varchar(50),
    last_name   varchar(50),
    email       varchar(100) UNIQUE,
    signup_date date
);

CREATE TABLE IF NOT EXISTS transactions
(
    transaction_id   serial PRIMARY KEY,
    customer_id      int REFERENCES customers,
    transaction_date timestamp, -- without zone: UTC
    amount           decimal(10, 2),
    merchant_details varchar(255) -- the merchant's name
);

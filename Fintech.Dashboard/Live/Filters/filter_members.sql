-- The keys that a filter's names stand for, in all versions of the members: facts keep the version of their time.
select
    case when $1::text[] is not null or $2::text[] is not null then array(
        select merchant_key from dw.dim_merchant
        where ($1::text[] is null or category = any ($1)) and ($2::text[] is null or merchant_name = any ($2))) end,
    case when $3::bigint[] is not null then array(select customer_key from dw.dim_customer where customer_id = any ($3)) end

select target,
       count(*) filter (where status = 'pending'),
       coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where status = 'pending')), 0)::float8,
       count(*) filter (where status = 'dead')
from etl.webhook_delivery
where status in ('pending', 'dead')
group by target

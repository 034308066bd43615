-- Whoever delivered it: also where the lease was over, and another one tries meanwhile.
update etl.webhook_delivery
set status = 'delivered', decided_at = clock_timestamp(), last_error = null
where delivery_id = $1 and status = 'pending'

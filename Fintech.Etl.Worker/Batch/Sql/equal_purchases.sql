-- Of several equal purchases the first is taken for the real one: yields the others, as far as this run brought them.
-- Facts are searched in the span of minutes this run touched, which their BRIN index narrows down.
select l.transaction_id
from loaded l
where exists (
    select
    from dw.fact_transactions f
    where f.occurred_at >= (select min(minute) from loaded)
      and f.occurred_at < (select max(minute) from loaded) + interval '1 minute'
      and f.customer_key = l.customer_key
      and f.merchant_key = l.merchant_key
      and f.amount = l.amount
      and date_trunc('minute', f.occurred_at) = l.minute
      and f.source_system = @source_system
      and (f.load_id <> @run_id or f.transaction_id < l.transaction_id)
)

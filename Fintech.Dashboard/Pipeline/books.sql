-- What the books say of sources, comparisons, losses and deliveries, one result set each. The range below a ledger's first id, which the first
-- pass remembers as well, is no gap that somebody would look for.
select w.source_system, w.entity, w.last_id, w.updated_at, w.read_at, count(g.ids), min(g.noticed_at), coalesce(sum(upper(g.ids) - lower(g.ids)), 0)::bigint
from etl.watermark w
left join etl.watermark_gap g on g.source_system = w.source_system and g.entity = w.entity and lower(g.ids) > -2147483648
group by w.source_system, w.entity
order by w.source_system, w.entity;

select source_system, audited_at, source_rows, source_amount, warehouse_rows, warehouse_amount, rows_changed, rows_deleted, rows_missing, repaired
from etl.source_audit
order by source_system;

select check_name, audited_at, compared, drift, compared_total, drift_total, drift_at, sample
from etl.live_audit
order by check_name;

select loss_id, stream, noticed_at, kind, after_entry, missing
from etl.stream_loss
order by loss_id desc
limit 20;

select t.target, t.min_severity, count(*) filter (where d.status = 'pending'), min(d.created_at) filter (where d.status = 'pending'),
       count(*) filter (where d.status = 'dead'), (array_agg(d.last_error order by d.decided_at desc) filter (where d.status = 'dead'))[1],
       count(*) filter (where d.status = 'delivered' and d.decided_at > clock_timestamp() - interval '24 hours')
from etl.webhook_target t
left join etl.webhook_delivery d on d.target = t.target
    and (d.status in ('pending', 'dead') or d.decided_at > clock_timestamp() - interval '24 hours')
group by t.target, t.min_severity
order by t.target;

-- What the warehouse says of the stream: facts, both aggregates and the checkpoints, which must all tell the same story.
select (select count(*) from dw.fact_transactions where source_system = 'stream'),
       (select coalesce(sum(amount), 0) from dw.fact_transactions where source_system = 'stream'),
       (select coalesce(sum(transactions), 0)::bigint from dw.agg_minute_total where slot >= 0),
       (select coalesce(sum(amount), 0) from dw.agg_minute_total where slot >= 0),
       (select coalesce(sum(transactions), 0)::bigint from dw.agg_minute_category where slot >= 0),
       (select coalesce(sum(amount), 0) from dw.agg_minute_category where slot >= 0),
       (select coalesce(sum(entries_read), 0)::bigint from etl.stream_checkpoint),
       (select count(*) from dw.fact_fraud_alerts)

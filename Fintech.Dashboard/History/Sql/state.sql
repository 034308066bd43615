-- What an answer depends on, cheaply: the marks of the days of the period, alerts and decisions, and whether customers were renamed.
select (select coalesce(sum(marks), 0) from dw.history_mark where (day + 1)::timestamp at time zone 'UTC' > $1 and day::timestamp at time zone 'UTC' < $2)::text
    || ':' || (select coalesce(max(committed_at), '-infinity') from dw.fact_fraud_alerts)::text
    || ':' || (select coalesce(max(disposition_id), 0) from dw.alert_disposition)::text
    || ':' || (select generation from etl.member_generation)::text

-- What people wrote about the person: comments on their alerts, and why a rule was silenced for them. What was decided stays, the words go. Yields
-- how many texts there were.
with theirs as (
    select customer_key from dw.dim_customer where customer_id = @alias
),
comments as (
    update dw.alert_disposition d
    set comment = @mask
    from dw.fact_fraud_alerts a
    where a.customer_key in (select customer_key from theirs)
      and d.transaction_id = a.transaction_id and d.source_system = a.source_system and d.comment <> @mask
    returning 1
),
snoozes as (
    update etl.rule_snooze
    set reason = @mask
    where customer_id in (@customer_id, @alias) and reason <> @mask
    returning snooze_id
),
audited as (
    update etl.audit a
    set detail = jsonb_set(a.detail, '{reason}', to_jsonb(@mask::text))
    from snoozes s
    where a.action in ('snooze', 'snooze end') and a.subject = 'snooze ' || s.snooze_id
),
asked as (
    update etl.command
    set arguments = jsonb_set(arguments, '{reason}', to_jsonb(@mask::text))
    where name in ('snooze', 'snooze end') and arguments ->> 'customer_id' in (@customer_id::text, @alias::text) and arguments ->> 'reason' <> @mask
    returning 1
)
select (select count(*) from comments) + (select count(*) from snoozes) + (select count(*) from asked);

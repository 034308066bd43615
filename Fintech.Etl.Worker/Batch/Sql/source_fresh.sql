-- Says when the newest transaction was, where that is too long ago. Of the past the watermark knows, of this run its minutes.
select to_char(newest at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
from (
    select greatest(
        (select newest_event from etl.watermark where source_system = @source_system and entity = 'transactions'),
        (select max(minute) from loaded_minute)) as newest
) as seen
where @fresh_within > interval '0' and newest < @started_at - @fresh_within

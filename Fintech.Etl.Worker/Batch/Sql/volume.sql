-- Says how much was read and how much is usual, where they differ by more than a factor. Usual is the median of the last twenty
-- incremental passes; of fewer than five, and of a few rows more or less, nothing can be said.
select format('%s rows, usual are %s', @rows_read, usual)
from (
    select count(*) as passes, percentile_disc(0.5) within group (order by rows_read) as usual
    from (
        select rows_read
        from etl.run
        where kind = 'batch' and trigger <> 'audit' and status = 'succeeded' and source_system = @source_system and settings ->> 'mode' = 'incremental'
        order by run_id desc
        limit 20
    ) as recent
) as history
where @volume_factor > 0 and passes >= 5
  and (select settings ->> 'mode' from etl.run where run_id = @run_id and trigger <> 'audit') = 'incremental'
  and (@rows_read > greatest(usual, 100) * @volume_factor or (usual > 100 and @rows_read * @volume_factor < usual))

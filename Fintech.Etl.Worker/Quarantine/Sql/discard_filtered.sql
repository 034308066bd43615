-- Decides on all open rows of a check, an origin or both, up to the newest that somebody had seen who asked: what came since is for another look.
-- One line of the audit for each, as where they are named one by one.
with discarded as (
    update etl.rejected_row
    set status = 'discarded', decided_at = clock_timestamp()
    where status = 'open'
      and (@check::text is null or check_name = @check)
      and (@origin::text is null or origin = @origin)
      and rejected_id <= @up_to
    returning rejected_id
),
audited as (
    insert into etl.audit (actor, action, subject, detail)
    select @actor, 'rejected discard', format('rejected row %s', rejected_id), jsonb_build_object('because', @because)
    from discarded
    order by rejected_id
)
select count(*) from discarded

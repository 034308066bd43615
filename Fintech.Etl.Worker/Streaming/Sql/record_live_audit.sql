-- Any worker's result; totals are of all of them.
insert into etl.live_audit as a (check_name, audited_at, compared, drift, compared_total, drift_total, drift_at, sample)
values ($1, $2, $3, $4, $3, $4, case when $4 > 0 then $2 end, $5)
on conflict (check_name) do update
set audited_at = excluded.audited_at, compared = excluded.compared, drift = excluded.drift,
    compared_total = a.compared_total + excluded.compared, drift_total = a.drift_total + excluded.drift,
    drift_at = coalesce(excluded.drift_at, a.drift_at),
    sample = case when excluded.drift > 0 then excluded.sample else a.sample end

-- Days, months up to yesterday, and quarters of several months and years of several quarters that are not rolled up as the facts are.
select (select count(distinct day) from dw.history_mark) - (select count(*) from analysis.history_rolled('day', '-infinity', 'infinity'))
     + (select count(distinct date_trunc('month', day)) from dw.history_mark where day < (now() at time zone 'UTC')::date) - (select count(*) from analysis.history_rolled('month', '-infinity', 'infinity'))
     + (select count(*) from (select from dw.history_mark where day < (now() at time zone 'UTC')::date group by date_trunc('year', day) having count(distinct date_trunc('quarter', day)) > 1) y)
     - (select count(*) from analysis.history_rolled('year', '-infinity', 'infinity'))
     + (select count(*) from (select from dw.history_mark where day < (now() at time zone 'UTC')::date group by date_trunc('quarter', day) having count(distinct date_trunc('month', day)) > 1) q)
     - (select count(*) from analysis.history_rolled('quarter', '-infinity', 'infinity'))

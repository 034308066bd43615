-- Days and months, these up to yesterday, that are not rolled up as the facts are.
select (select count(distinct day) from dw.history_mark) - (select count(*) from analysis.history_rolled('day', '-infinity', 'infinity'))
     + (select count(distinct date_trunc('month', day)) from dw.history_mark where day < (now() at time zone 'UTC')::date) - (select count(*) from analysis.history_rolled('month', '-infinity', 'infinity'))

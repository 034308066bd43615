-- Roles are cluster-wide and outlive a database, and another warehouse of the same cluster may be migrating
-- at this moment: creating one must tolerate that it exists, also when it appears between look and create.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['fintech_etl', 'fintech_dashboard', 'fintech_analyst'] loop
        begin
            execute format('create role %I nologin', wanted);
        exception
            when duplicate_object or unique_violation then null;
        end;
    end loop;

    -- Services connect as the login they were given and take their role on every connection (-c role=…).
    -- Two warehouses of one cluster granting at once collide on a catalogue row; one retry is enough, both want the same.
    begin
        execute format('grant fintech_etl, fintech_dashboard, fintech_analyst to %I', session_user);
    exception
        when internal_error or unique_violation then
            execute format('grant fintech_etl, fintech_dashboard, fintech_analyst to %I', session_user);
    end;

    -- Unqualified names work in a notebook.
    execute format('alter database %I set search_path = dw, public', current_database());
    execute format('grant create, temporary on database %I to fintech_etl', current_database());
end
$$;

create schema dw authorization fintech_etl;
create schema etl authorization fintech_etl;

comment on schema dw is 'The star schema: facts, dimensions, aggregates.';
comment on schema etl is 'The books of the ETL: runs, checks, quarantine, checkpoints, commands, audit.';

grant usage on schema dw to fintech_dashboard, fintech_analyst;
grant usage on schema etl to fintech_dashboard;

-- Questions for a time find its pages by BRIN, which knows nothing of the pages written since autovacuum came by: they are read whole. In a large
-- warehouse autovacuum comes after a fifth of the facts anew; what a takeover replays, filters of the live page and the live audit lie in just those.
-- An index with autosummarize would ask autovacuum for each range, which notes 256 requests until it comes by each minute, and drops the others: 30,000
-- facts a second fill some 650 ranges of both indexes in a minute.
set local role fintech_etl;

create function dw.summarize_new_ranges()
returns integer
language plpgsql security definer set search_path = pg_catalog set lock_timeout = '50ms'
as $$
declare
    facts       regclass;
    found_index regclass;
    per_range   bigint;
    summarized  integer := 0;
begin
    for facts, found_index, per_range in
        select p.inhrelid, i.indexrelid, coalesce(o.option_value::bigint, 128)
        from pg_inherits p
        join pg_index i on i.indrelid = p.inhrelid
        join pg_class c on c.oid = i.indexrelid
        join pg_am a on a.oid = c.relam and a.amname = 'brin'
        left join lateral (select option_value from pg_options_to_table(c.reloptions) where option_name = 'pages_per_range') o on true
        where p.inhparent = 'dw.fact_transactions'::regclass
    loop
        begin
            -- From the newest back to the first that is known. The two newest are left: rows still come into them, and the summary of a range is
            -- written anew with each row that lies beyond it.
            for range in reverse pg_relation_size(facts) / current_setting('block_size')::bigint / per_range - 2 .. 0 loop
                exit when brin_summarize_range(found_index, range * per_range) = 0;
                summarized := summarized + 1;
            end loop;
        exception when lock_not_available then
            null;    -- Vacuum is at it, which does the same; or a first load, which builds the index anew.
        end;
    end loop;
    return summarized;
end
$$;
revoke execute on function dw.summarize_new_ranges from public;
comment on function dw.summarize_new_ranges is 'Lets the BRIN indexes of the facts know the ranges of pages that were filled since the last call. Returns how many those were.';

reset role;

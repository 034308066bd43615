insert into etl.scoring_block (stream, block, content)
select $1, block, content from unnest($2::smallint[], $3::bytea[]) as changed (block, content)
on conflict (stream, block) do update set content = excluded.content

-- A row that was rejected before, and has become a fact by a replay since, is known: the source still has it as it was rejected, so
-- it would be rejected again, or be a conflict with what it was corrected to. Recognised by its content: should the source
-- correct it in another way, it is another row, for the merge to judge.
with known as (
    delete from stage_transaction s
    using etl.rejected_row r, dw.fact_transactions f
    where r.status = 'replayed'
      and r.origin = 'transactions'
      and r.source_system = @source_system
      and r.record_key = s.transaction_id
      and r.content_hash = s.content_hash
      and f.source_system = @source_system
      and f.transaction_id = s.transaction_id
    returning s.currency, s.amount
)
select currency, count(*), coalesce(sum(amount), 0) from known group by currency;

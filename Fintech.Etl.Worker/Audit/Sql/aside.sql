-- Ids of the ledger that are or were in quarantine: whether one of them counts as a fact is decided one by one.
select distinct record_key
from etl.rejected_row
where origin = 'transactions' and source_system = @source_system and record_key ~ '^(0|-?[1-9][0-9]{0,17})$'

-- What analysts decided in the end; who is still undecided is no label.
select transaction_id, status = 'confirmed_fraud'
from (select distinct on (transaction_id, source_system) transaction_id, status
      from dw.alert_disposition order by transaction_id, source_system, disposition_id desc) newest
where status in ('confirmed_fraud', 'false_positive')

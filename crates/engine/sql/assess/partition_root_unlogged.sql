-- rules::tables partition-root-unlogged: partitioned tables with a word that newer servers refuse.
select r.object
from user_table r
where r.relkind = 'p'
  and r.relpersistence = 'u'

-- rules::tables partition-foreign: partitions whose rows live on another server.
select
    r.object,
    format('partition of %s', i.inhparent::regclass) as detail
from relation r
join pg_catalog.pg_inherits i on i.inhrelid = r.oid
where r.relkind = 'f'
  and r.relispartition

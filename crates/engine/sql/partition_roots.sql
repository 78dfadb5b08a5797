-- catalog::partition_roots: partitioned tables that are nobody's partition. $1: our own schema.
select
    n.nspname::text,
    c.relname::text,
    c.oid
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'p'
  and not c.relispartition
  and c.relpersistence <> 't'
  and n.nspname <> $1
order by c.oid

-- rules::locale collation-drift: collations in use whose sort order is of another version now. Before 15 nothing is kept
-- about the database's own.
select
    format('%I.%I', n.nspname, c.collname) as object,
    format('version %s when it was made, %s now', coalesce(c.collversion, 'unknown'), coalesce(now.version, 'unknown')) as detail
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
cross join lateral (select pg_catalog.pg_collation_actual_version(c.oid) as version) now
where c.collprovider in ('c', 'i')
  and c.oid in (
      select a.attcollation from relation r join pg_catalog.pg_attribute a on a.attrelid = r.oid and 0 < a.attnum
  )
  and c.collversion is distinct from now.version

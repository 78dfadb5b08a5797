-- catalog::sequences: every sequence that is the database's own or an extension's configuration. $1: our own schema.
select
    c.oid,
    n.nspname::text,
    c.relname::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S'
  and c.relpersistence <> 't'
  and n.nspname <> $1
  and n.nspname !~ '^pg_(catalog|toast|temp)'
  and (
      c.oid in (select unnest(e.extconfig) from pg_catalog.pg_extension e)
      or not exists (
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
      )
  )
order by c.oid

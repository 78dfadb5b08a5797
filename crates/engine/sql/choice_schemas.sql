-- catalog::choice: every schema that a pattern may name. $1: our own schema.
select
    n.oid,
    n.nspname::text
from pg_catalog.pg_namespace n
where n.nspname <> $1
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)'
order by n.nspname collate "C"

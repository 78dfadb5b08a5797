-- catalog::constraints: primary keys, unique constraints and foreign keys, with what it takes to make them in two steps.
-- $1: our own schema.
select
    co.oid,
    co.conrelid,
    n.nspname::text,
    c.relname::text,
    co.conname::text,
    co.contype::text,
    c.relkind = 'p' or coalesce(f.relkind = 'p', false) as partitioned,
    co.convalidated as validated,
    case when co.contype in ('p', 'u') and c.relkind = 'r' then pg_catalog.pg_get_indexdef(co.conindid) end as index_sql,
    co.condeferrable as deferrable,
    co.condeferred as deferred
from pg_catalog.pg_constraint co
join pg_catalog.pg_class c on c.oid = co.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_class f on f.oid = co.confrelid and co.confrelid <> 0
where co.contype in ('p', 'u', 'f')
  and c.relpersistence <> 't'
  and n.nspname <> $1
  and n.nspname not in ('pg_catalog', 'information_schema')
order by co.oid

-- catalog::choice: every relation that a pattern may name, and the one that it goes with (a partition's parent, the
-- table that owns a sequence; 0: none). $1: our own schema. Members of an extension are the extension's business.
select
    c.oid,
    c.relnamespace as schema,
    n.nspname::text,
    c.relname::text,
    c.relkind::text,
    coalesce(
        (select i.inhparent from pg_catalog.pg_inherits i where i.inhrelid = c.oid and c.relispartition limit 1),
        (
            select d.refobjid
            from pg_catalog.pg_depend d
            where c.relkind = 'S'
              and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
              and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
            limit 1
        ),
        0
    ) as follows
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
  and c.relpersistence <> 't'
  and n.nspname <> $1
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)'
  and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by n.nspname collate "C", c.relname collate "C"

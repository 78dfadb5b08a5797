-- verify::digest::subjects: every set of rows to compare: tables, materialised views, roots whose rows may lie elsewhere.
-- $1: our own schema. Generated columns count: what is stored is compared, however it came to be.
select
    c.oid,
    n.nspname::text,
    c.relname::text,
    c.relkind::text,
    coalesce(pg_catalog.pg_relation_size(c.oid), 0) as heap_bytes,
    coalesce(pg_catalog.pg_table_size(c.oid), 0) as table_bytes,
    array(
        select a.attname::text
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attname collate "C"
    ) as columns,
    array(
        select a.atttypid
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attname collate "C"
    ) as types,
    coalesce((
        select array_agg(a.attname::text order by a.attname collate "C")
        from pg_catalog.pg_index i
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
        where i.indrelid = c.oid and i.indisprimary
    ), '{}') as key
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p')
  and (c.relkind <> 'm' or c.relispopulated)
  and c.relpersistence <> 't'
  and n.nspname <> $1
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)'
order by n.nspname collate "C", c.relname collate "C"

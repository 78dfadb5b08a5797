-- catalog::tables: every table whose rows we carry, at the present snapshot. $1: our own schema.
-- Leaves of a partitioned table are tables of their own. A member of an extension counts only where the extension
-- calls it configuration, and then with the extension's condition.
with recursive
key_types as (
    -- every type that a partition key is made of: through domains, arrays, composites and ranges
    select p.partrelid, a.atttypid as type
    from pg_catalog.pg_partitioned_table p
    join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = any (p.partattrs::int2[])
    where p.partstrat = 'h'
    union
    select k.partrelid, inner_type.oid
    from key_types k
    join pg_catalog.pg_type t on t.oid = k.type
    join lateral (
        select t.typbasetype as oid where t.typbasetype <> 0
        union all
        select t.typelem where t.typelem <> 0
        union all
        select ca.atttypid from pg_catalog.pg_attribute ca where ca.attrelid = t.typrelid and t.typrelid <> 0 and ca.attnum > 0 and not ca.attisdropped
        union all
        select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
    ) inner_type on true
),
moving as (
    -- partitioned tables whose rows may belong elsewhere on another server: hash over an enum (made of label OIDs),
    -- range over text in a locale (its order is the library's)
    select k.partrelid as oid
    from key_types k
    join pg_catalog.pg_type t on t.oid = k.type
    where t.typtype = 'e'
    union
    -- an expression may have any type
    select p.partrelid from pg_catalog.pg_partitioned_table p where p.partstrat = 'h' and 0 = any (p.partattrs::int2[])
    union
    select p.partrelid
    from pg_catalog.pg_partitioned_table p
    join pg_catalog.pg_collation co on co.oid = any (p.partcollation::oid[])
    where p.partstrat = 'r'
      and (case when co.oid = 100 then (
                    -- the provider came with 15; the builtin one (b) orders by code points
                    select case pg_catalog.to_jsonb(d) ->> 'datlocprovider' when 'i' then null when 'b' then 'C' else d.datcollate end
                    from pg_catalog.pg_database d
                    where d.datname = pg_catalog.current_database()
                )
                else co.collcollate end) is distinct from 'C'
),
ancestors as (
    select i.inhrelid as leaf, i.inhparent as ancestor
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
    union all
    select a.leaf, i.inhparent
    from ancestors a
    join pg_catalog.pg_inherits i on i.inhrelid = a.ancestor
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
),
roots as (
    -- the topmost parent through which a leaf's rows have to go in
    select a.leaf, (array_agg(a.ancestor) filter (where not c.relispartition))[1] as root
    from ancestors a
    join pg_catalog.pg_class c on c.oid = a.ancestor
    group by a.leaf
    having bool_or(a.ancestor in (select oid from moving))
),
configuration as (
    select cfg.oid, e.extcondition[cfg.at] as condition
    from pg_catalog.pg_extension e
    cross join unnest(e.extconfig) with ordinality cfg(oid, at)
)
select
    c.oid,
    n.nspname::text,
    c.relname::text,
    c.relfilenode,
    coalesce(pg_catalog.pg_relation_size(c.oid), 0) as heap_bytes,
    coalesce(pg_catalog.pg_table_size(c.oid), 0) as table_bytes,
    coalesce(c.reltuples, 0)::float8 as rows_estimated,
    array(
        select a.attname::text
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attnum
    ) as columns,
    array(
        select a.atttypid
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attnum
    ) as types,
    configuration.condition,
    c.relispartition as partition,
    c.relpersistence = 'u' as unlogged,
    rn.nspname::text as root_schema,
    rc.relname::text as root_name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join configuration on configuration.oid = c.oid
left join roots on roots.leaf = c.oid
left join pg_catalog.pg_class rc on rc.oid = roots.root
left join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
where c.relkind = 'r'
  and c.relpersistence <> 't'
  and n.nspname <> $1
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)'
  and (
      configuration.oid is not null
      or not exists (
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
      )
  )
order by c.oid

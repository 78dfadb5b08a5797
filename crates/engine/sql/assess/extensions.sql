-- assess::facts: installed extensions.
with own_type as (
    -- an array's type may be a member itself
    select distinct
        d.refobjid as extension,
        unnest(array[t.oid, t.typarray]) as oid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_type t on t.oid = d.objid
    where d.classid = 'pg_catalog.pg_type'::regclass
      and d.refclassid = 'pg_catalog.pg_extension'::regclass
      and d.deptype = 'e'
),
used as (
    select
        t.extension,
        count(*) as columns
    from own_type t
    join pg_catalog.pg_attribute a on a.atttypid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm')
    group by t.extension
)
select
    e.extname::text as name,
    e.extversion as version,
    a.default_version,
    n.nspname::text as schema,
    coalesce(u.columns, 0) as columns
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
left join used u on u.extension = e.oid
left join pg_catalog.pg_available_extensions a on a.name = e.extname
order by 1

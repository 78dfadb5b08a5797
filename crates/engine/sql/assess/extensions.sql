-- assess::facts: installed extensions.
select
    e.extname::text as name,
    e.extversion as version,
    a.default_version,
    n.nspname::text as schema
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
left join pg_catalog.pg_available_extensions a on a.name = e.extname
order by 1

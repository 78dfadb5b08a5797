-- catalog::fingerprint: changes with every definition. Temporary tables come and go without being seen.
select coalesce(sum(pg_catalog.hashtextextended(part.kind || part.oid::text || ':' || part.xmin::text, 0)), 0)::text as fingerprint
from (
    select 'c' as kind, c.oid, c.xmin from pg_catalog.pg_class c where c.relpersistence <> 't' and c.relkind <> 't'
        and not exists (select from pg_catalog.pg_namespace n where n.oid = c.relnamespace and n.nspname ~ '^pg_(toast|temp)')
    union all
    select 'a', a.attrelid, a.xmin from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        where c.relpersistence <> 't' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and a.attnum > 0
    union all
    select 'd', oid, xmin from pg_catalog.pg_attrdef
    union all
    select 'o', oid, xmin from pg_catalog.pg_constraint
    union all
    select 'p', oid, xmin from pg_catalog.pg_proc
    union all
    select 't', t.oid, t.xmin from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace where n.nspname !~ '^pg_(toast|temp)'
    union all
    select 'e', enumtypid, xmin from pg_catalog.pg_enum
    union all
    select 'g', oid, xmin from pg_catalog.pg_trigger where not tgisinternal
    union all
    select 'r', oid, xmin from pg_catalog.pg_rewrite
    union all
    select 'y', oid, xmin from pg_catalog.pg_policy
    union all
    select 'n', oid, xmin from pg_catalog.pg_namespace where nspname !~ '^pg_(toast|temp)'
    union all
    select 'x', oid, xmin from pg_catalog.pg_extension
    union all
    select 's', oid, xmin from pg_catalog.pg_statistic_ext
    union all
    select 'k', objoid, xmin from pg_catalog.pg_description
    union all
    select 'l', oid, xmin from pg_catalog.pg_default_acl
    union all
    select 'h', inhrelid, xmin from pg_catalog.pg_inherits
) part

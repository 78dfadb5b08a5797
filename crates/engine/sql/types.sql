-- catalog::types: every type that a carried column is made of, through domains, arrays, composites and ranges.
-- $1: the columns' types.
with recursive used as (
    select unnest($1::oid[]) as oid
    union
    select inner_type.oid
    from used u
    join pg_catalog.pg_type t on t.oid = u.oid
    join lateral (
        select t.typbasetype as oid where t.typbasetype <> 0
        union all
        select t.typelem where t.typelem <> 0
        union all
        select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped
    ) inner_type on true
)
select
    t.oid,
    n.nspname::text,
    t.typname::text,
    t.typtype::text,
    t.typbasetype,
    case when t.typcategory = 'A' then t.typelem else 0::oid end as element
from used u
join pg_catalog.pg_type t on t.oid = u.oid
join pg_catalog.pg_namespace n on n.oid = t.typnamespace

-- copy::large_object::ranges: OIDs in groups of at most $1.
select
    part as index,
    min(oid) as first,
    max(oid) as last
from (
    select
        m.oid,
        (row_number() over (order by m.oid) - 1) / $1::int8 as part
    from pg_catalog.pg_largeobject_metadata m
) numbered
group by part
order by part

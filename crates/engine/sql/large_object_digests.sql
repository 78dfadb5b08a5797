-- verify::objects: one line an object: its bytes, and a digest of its slices, which are those of large_object_slices: in a
-- subquery and no CTE, which would keep every byte.
select
    slice.oid,
    max(slice.start + pg_catalog.length(slice.data)) as bytes,
    sum(pg_catalog.hashtextextended(slice.start::text || ':' || pg_catalog.md5(slice.data), 0))::text as digest
from (@slices) slice
group by slice.oid

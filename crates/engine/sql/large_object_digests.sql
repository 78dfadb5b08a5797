-- verify::objects: one line an object: its bytes, and a digest of its slices (@slices), which are those of
-- large_object_slices: in a subquery and no CTE, which would keep every byte. @first, @second: keyed hashes of a slice.
select
    slice.oid,
    'large object ' || slice.oid::text as object,
    'content' as property,
    max(slice.start + pg_catalog.length(slice.data)) || ' bytes, digest ' || sum(@first) || ' ' || sum(@second) as value
from (@slices) slice
group by slice.oid

-- copy::large_object::copy, inside COPY, and verify::objects: objects with OIDs $1 to $2 in slices of $3 bytes; an empty one is one empty slice.
select
    m.oid,
    s.start,
    pg_catalog.lo_get(m.oid, s.start, $3) as data
from pg_catalog.pg_largeobject_metadata m
cross join lateral (
    select pg_catalog.lo_lseek64(fd, 0, 2) as bytes, pg_catalog.lo_close(fd) as closed
    from (select pg_catalog.lo_open(m.oid, 262144) as fd offset 0) opened
    offset 0
) size
cross join lateral pg_catalog.generate_series(0::int8, greatest(size.bytes - 1, 0), $3::int8) s(start)
where m.oid between $1 and $2
  and size.closed = 0

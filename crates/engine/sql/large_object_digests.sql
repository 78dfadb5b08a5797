-- verify::objects: one line an object: its bytes, and a digest of its slices. $1: bytes of a slice.
select
    m.oid,
    max(size.bytes) as bytes,
    sum(pg_catalog.hashtextextended(s.start::text || ':' || pg_catalog.md5(pg_catalog.lo_get(m.oid, s.start, $1)), 0))::text as digest
from pg_catalog.pg_largeobject_metadata m
cross join lateral (
    select pg_catalog.lo_lseek64(fd, 0, 2) as bytes, pg_catalog.lo_close(fd) as closed
    from (select pg_catalog.lo_open(m.oid, 262144) as fd offset 0) opened
    offset 0
) size
cross join lateral pg_catalog.generate_series(0::int8, greatest(size.bytes - 1, 0), $1::int8) s(start)
where size.closed = 0
group by m.oid

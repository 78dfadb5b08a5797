-- rules::tables column-layout: dropped columns, and storage that somebody chose. Before 14 no column had a compression:
-- there the name means the one in front.
select
    r.object,
    concat_ws('; ', dropped.detail, chosen.detail) as detail,
    case when r.relnatts > 1500 then 'W' end as severity
from user_table r
cross join lateral (
    select nullif(count(*), 0) || ' of ' || r.relnatts || ' columns dropped' as detail
    from pg_catalog.pg_attribute a
    where a.attrelid = r.oid and a.attisdropped
) dropped
cross join (select ''::"char" as attcompression) before_14
cross join lateral (
    select string_agg(format('%I %s', a.attname, case when attcompression = 'l' then 'compressed by lz4' else 'stored in a way of its own' end), ', ' order by a.attnum) as detail
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attrelid = r.oid
      and a.attnum > 0
      and not a.attisdropped
      and (a.attstorage <> t.typstorage or attcompression = 'l')
) chosen
where r.relkind in ('r', 'p')
  and (dropped.detail is not null or chosen.detail is not null or r.relnatts > 1500)

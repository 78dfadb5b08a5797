-- rules::tables column-layout: dropped columns, and storage that somebody chose. Before 14 no column had a compression:
-- there the name means the one in front.
select
    r.object,
    concat_ws('; ', nullif(odd.dropped, 0) || ' of ' || r.relnatts || ' columns dropped', odd.chosen) as detail,
    case when r.relnatts > 1500 then 'W' end as severity
from user_table r
left join (
    select found.*
    from (select ''::"char" as attcompression) before_14
    cross join lateral (
        select
            a.attrelid,
            count(*) filter (where a.attisdropped) as dropped,
            string_agg(
                format('%I %s', a.attname, case when attcompression = 'l' then 'compressed by lz4' else 'stored in a way of its own' end),
                ', ' order by a.attnum
            ) filter (where not a.attisdropped) as chosen
        from pg_catalog.pg_attribute a
        left join pg_catalog.pg_type t on t.oid = a.atttypid
        where a.attrelid >= 16384
          and a.attnum > 0
          and (a.attisdropped or a.attstorage <> t.typstorage or attcompression = 'l')
        group by a.attrelid
    ) found
) odd on odd.attrelid = r.oid
where odd.attrelid is not null
   or r.relnatts > 1500

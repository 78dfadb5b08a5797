-- rules::health statistics-missing: tables with rows that were never analysed. 13 has 0 where later majors have -1; sizes
-- are asked of those alone.
select
    r.object,
    null as detail,
    format('ANALYZE %s', r.object) as sql
from user_table r
where r.relkind = 'r'
  and (r.reltuples < 0 or r.relpages = 0 and r.reltuples = 0 and current_setting('server_version_num')::int < 140000)
  and pg_catalog.pg_relation_size(r.oid) > 0

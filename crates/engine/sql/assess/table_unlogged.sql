-- rules::tables table-unlogged: rows and counters that are not in the WAL.
select
    r.object,
    case r.relkind when 'S' then 'sequence' else 'table' end as detail,
    format('ALTER %s %s SET LOGGED', case r.relkind when 'S' then 'SEQUENCE' else 'TABLE' end, r.object) as sql
from relation r
where r.relkind in ('r', 'S')
  and r.relpersistence = 'u'

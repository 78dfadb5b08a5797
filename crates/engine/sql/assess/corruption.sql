-- rules::health corruption: each B-tree and each table is checked by amcheck, where that is installed. A check of an
-- index finds nothing or fails; tables can be checked from 14 on.
select
    r.object,
    null as detail,
    format('REINDEX INDEX %s', r.object) as sql,
    null as severity,
    format('select %L::text as object where %I.bt_index_check(%s::regclass, true) is null', r.object, a.nspname, r.oid) as probe
from relation r
join pg_catalog.pg_am m on m.oid = r.relam and m.amname = 'btree'
join pg_catalog.pg_index i on i.indexrelid = r.oid and i.indisvalid
cross join amcheck a
where r.relkind = 'i'
  and r.relpersistence = 'p'
union all
select
    r.object,
    null,
    null,
    null,
    format('select %L::text as object, format(''block %%s, row %%s: %%s'', blkno, offnum, msg) as detail from %I.verify_heapam(%s::regclass, true)', r.object, a.nspname, r.oid)
from relation r
join pg_catalog.pg_am m on m.oid = r.relam and m.amname = 'heap'
cross join amcheck a
where r.relkind in ('r', 'm')
  and r.relpersistence = 'p'
  and a.checks_tables
union all
select
    'amcheck',
    'is not installed, so that nothing was checked',
    null,
    'N',
    null
where not exists (select from amcheck)

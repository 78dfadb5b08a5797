-- rules::tables access-method: storage and indexes by methods that a plain server does not have.
select
    r.object,
    format('%s%s', m.amname, ', of extension ' || e.extname) as detail,
    case
        when r.relkind = 'r' and m.amtype = 't' and current_setting('server_version_num')::int >= 150000
        then format('ALTER TABLE %s SET ACCESS METHOD heap', r.object)
    end as sql,
    case when m.amtype = 'i' and e.extname is not null then 'N' end as severity
from relation r
join pg_catalog.pg_am m on m.oid = r.relam
left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_am'::regclass and d.objid = m.oid and d.deptype = 'e'
left join pg_catalog.pg_extension e on e.oid = d.refobjid
where m.amname not in ('heap', 'btree', 'hash', 'gist', 'gin', 'spgist', 'brin')

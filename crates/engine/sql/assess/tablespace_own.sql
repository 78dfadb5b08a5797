-- rules::tables tablespace-own: what lives outside the two tablespaces that every server has.
select
    r.object,
    format('tablespace %I', s.spcname) as detail
from relation r
join pg_catalog.pg_tablespace s on s.oid = r.reltablespace and s.spcname not in ('pg_default', 'pg_global')
union all
select
    format('%I', d.datname),
    format('database, tablespace %I', s.spcname)
from pg_catalog.pg_database d
join pg_catalog.pg_tablespace s on s.oid = d.dattablespace and s.spcname not in ('pg_default', 'pg_global')
where d.datname = current_database()

-- rules::tables table-rewriter: tables that somebody rewrites now and then.
select
    r.object,
    format('clustered on %I', c.relname) as detail
from user_table r
join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisclustered
join pg_catalog.pg_class c on c.oid = i.indexrelid
union all
select
    format('%I', e.extname),
    'extension that rewrites tables'
from pg_catalog.pg_extension e
where e.extname in ('pg_repack', 'pg_squeeze')

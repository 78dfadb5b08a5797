-- rules::tables matview: views whose rows are stored, and have to be made again.
select
    r.object,
    case when r.relispopulated then pg_catalog.pg_size_pretty(r.relpages * 8192::bigint) else 'empty: never refreshed' end as detail
from relation r
where r.relkind = 'm'

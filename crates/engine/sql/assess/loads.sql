-- assess::workload: rows read and written by table since the counters began; tables that nobody touched are left out.
select *
from (
    select
        r.object,
        coalesce(pg_catalog.pg_stat_get_tuples_returned(r.oid) + pg_catalog.pg_stat_get_tuples_fetched(r.oid), 0) as read,
        coalesce(pg_catalog.pg_stat_get_tuples_inserted(r.oid), 0) as inserted,
        coalesce(pg_catalog.pg_stat_get_tuples_updated(r.oid), 0) as updated,
        coalesce(pg_catalog.pg_stat_get_tuples_deleted(r.oid), 0) as deleted
    from relation r
    where r.relkind = 'r'
) counted
where 0 < read + inserted + updated + deleted

-- rules::workload keyless-hot: tables whose changes could not be told apart, and which do change.
select
    k.object,
    format(
        '%s rows updated, %s deleted since %s',
        s.updated,
        s.deleted,
        coalesce((select date_trunc('second', d.stats_reset)::text from pg_catalog.pg_stat_database d where d.datname = current_database()), 'the counters began')
    ) as detail
from keyless k
cross join lateral (
    select pg_catalog.pg_stat_get_tuples_updated(k.oid) as updated, pg_catalog.pg_stat_get_tuples_deleted(k.oid) as deleted
) s
where s.updated + s.deleted > 0

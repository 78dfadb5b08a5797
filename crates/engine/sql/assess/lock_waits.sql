-- rules::workload lock-waits: who waits for a lock for more than a second, and for whom. 13 knows no waitstart.
select
    format('session %s', l.pid) as object,
    concat_ws(
        ', ',
        format('waits for %s %s', l.mode, coalesce(c.relname, l.locktype)),
        format('since %s', date_trunc('second', clock_timestamp() - w.since)),
        format('behind %s', array_to_string(pg_catalog.pg_blocking_pids(l.pid), ', '))
    ) as detail
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
left join pg_catalog.pg_class c on c.oid = l.relation and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
cross join lateral (
    select coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start) as since
) w
where not l.granted
  and w.since < clock_timestamp() - interval '1 second'

-- source::locks: who holds tables so that nobody can read them, prepared transactions among them.
select
    c.oid::regclass::text as relation,
    coalesce(
        'process ' || a.pid || ' of ' || a.usename::text || coalesce(' (' || nullif(a.application_name, '') || ')', ''),
        'prepared transaction ' || x.gid,
        'somebody'
    ) as holder
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
left join pg_catalog.pg_prepared_xacts x on l.pid is null and l.virtualtransaction = '-1/' || x.transaction::text
where l.granted
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and c.relkind in ('r', 'p', 'm', 'f', 'v', 'S')
order by 1, 2

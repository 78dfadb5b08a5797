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
-- a prepared transaction keeps the virtual number of the session that prepared it, and its own
left join pg_catalog.pg_locks own
    on l.pid is null and own.pid is null and own.locktype = 'transactionid' and own.virtualtransaction = l.virtualtransaction
left join pg_catalog.pg_prepared_xacts x on x.transaction = own.transactionid
where l.granted
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and c.relkind in ('r', 'p', 'm', 'f', 'v', 'S')
order by 1, 2

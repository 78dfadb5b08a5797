-- rules::workload xact-long: transactions that creating a slot would wait for, in whatever database.
select
    format('session %s', a.pid) as object,
    concat_ws(
        ', ',
        format('%s in %s', a.usename, a.datname),
        nullif(a.application_name, ''),
        format('open for %s', date_trunc('second', clock_timestamp() - a.xact_start)),
        format('its snapshot is %s transactions old', age(a.backend_xmin))
    ) as detail
from pg_catalog.pg_stat_activity a
where a.xact_start < clock_timestamp() - interval '5 minutes'
  and a.backend_type in ('client backend', 'background worker', 'logical replication worker')
  and a.application_name !~ '^pgferry'
  and a.pid <> pg_backend_pid()

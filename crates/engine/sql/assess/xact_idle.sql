-- rules::workload xact-idle: transactions in which nothing happens.
select
    format('session %s', a.pid) as object,
    concat_ws(
        ', ',
        format('%s in %s', a.usename, a.datname),
        nullif(a.application_name, ''),
        format('%s for %s', a.state, date_trunc('second', clock_timestamp() - a.state_change))
    ) as detail
from pg_catalog.pg_stat_activity a
where a.state ~ '^idle in transaction'
  and a.state_change < clock_timestamp() - interval '1 minute'
  and a.application_name !~ '^pgferry'
  and a.pid <> pg_backend_pid()

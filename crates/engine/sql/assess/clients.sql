-- rules::workload clients: who is connected to this database.
select
    format('%I', a.usename) as object,
    concat_ws(
        ', ',
        coalesce(nullif(a.application_name, ''), 'no application name'),
        coalesce(host(a.client_addr), 'local'),
        s.version,
        format('%s sessions', count(*))
    ) as detail,
    case when s.version in ('SSLv3', 'TLSv1', 'TLSv1.1') then 'W' end as severity
from pg_catalog.pg_stat_activity a
left join pg_catalog.pg_stat_ssl s on s.pid = a.pid and s.ssl
where a.datname = current_database()
  and coalesce(a.backend_type, 'client backend') = 'client backend'
  and a.application_name !~ '^pgferry'
  and a.pid <> pg_backend_pid()
group by a.usename, a.application_name, a.client_addr, s.version

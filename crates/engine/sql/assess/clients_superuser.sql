-- rules::workload clients-superuser: sessions that a closed door does not keep out.
select
    format('%I', a.usename) as object,
    concat_ws(', ', nullif(a.application_name, ''), format('%s sessions', count(*))) as detail
from pg_catalog.pg_stat_activity a
join pg_catalog.pg_roles r on r.oid = a.usesysid
where r.rolsuper
  and a.datname = current_database()
  and coalesce(a.backend_type, 'client backend') = 'client backend'
  and a.application_name !~ '^pgferry'
  and a.pid <> pg_backend_pid()
group by a.usename, a.application_name

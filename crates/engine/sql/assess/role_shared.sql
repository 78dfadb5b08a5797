-- rules::rights role-shared: sessions of others under our role's name.
select
    quote_ident(current_user) as object,
    format('%s sessions of %s', count(*), coalesce(nullif(a.application_name, ''), 'an unnamed application')) as detail
from pg_catalog.pg_stat_activity a
where a.usename = current_user
  and a.pid <> pg_backend_pid()
  and a.backend_type in ('client backend', 'walsender')
  and a.application_name <> current_setting('application_name')
  and a.application_name !~ '^pgferry'
group by a.application_name

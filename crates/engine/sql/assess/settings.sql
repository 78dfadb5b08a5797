-- assess::facts: every setting that our role may see; those of a provider that pg_settings does not list.
select
    name,
    coalesce(setting, '') as value,
    coalesce(reset_val, '') as session,
    unit,
    context,
    source,
    pending_restart
from pg_catalog.pg_settings
union all
select
    own.name,
    current_setting(own.name, true),
    current_setting(own.name, true),
    null,
    'sighup',
    'configuration file',
    false
from (values ('rds.force_ssl'), ('rds.restrict_password_commands')) own (name)
where current_setting(own.name, true) is not null
  and not exists (select from pg_catalog.pg_settings s where s.name = own.name)

-- rules::code function-secdef-path: functions that run with their owner's rights under their caller's search_path.
select
    f.object,
    format('owner %I', pg_catalog.pg_get_userbyid(f.proowner)) as detail,
    format('ALTER ROUTINE %s SET search_path = %I, pg_temp', f.object, f.nspname) as sql
from function f
where f.prosecdef
  and not exists (select from unnest(f.proconfig) setting where setting like 'search\_path=%')

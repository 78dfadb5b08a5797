-- rules::health autovacuum-off: what nobody cleans.
select
    s.name as object,
    'off for the whole server' as detail,
    format('ALTER SYSTEM SET %I = on', s.name) as sql
from pg_catalog.pg_settings s
where s.name in ('autovacuum', 'track_counts')
  and s.setting = 'off'
union all
select
    r.object,
    'autovacuum_enabled is off',
    format('ALTER TABLE %s RESET (autovacuum_enabled)', r.object)
from user_table r
cross join lateral pg_catalog.pg_options_to_table(r.reloptions) o
where o.option_name = 'autovacuum_enabled'
  and not o.option_value::boolean

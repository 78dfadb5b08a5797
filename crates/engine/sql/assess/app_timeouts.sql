-- rules::workload app-timeouts: timeouts of the application that end before a cutover does. A number alone is
-- milliseconds; 0 is none.
select
    coalesce(format('%I', r.rolname), format('%I', current_database())) as object,
    format('%s, as set for the %s', c.setting, case when r.rolname is null then 'database' else 'role' end) as detail
from pg_catalog.pg_db_role_setting s
left join pg_catalog.pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) c (setting)
cross join lateral (
    select split_part(c.setting, '=', 1) as name, split_part(c.setting, '=', 2) as value
) p
where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
  and r.rolname is distinct from current_user
  and p.name in ('statement_timeout', 'lock_timeout', 'transaction_timeout')
  and case when p.value ~ '^\d+$' then p.value || 'ms' else p.value end::interval between interval '1 microsecond' and interval '10 seconds'
union all
select
    g.name,
    format('%s ms, where neither role nor database has another', g.reset_val)
from pg_catalog.pg_settings g
where g.name in ('statement_timeout', 'lock_timeout', 'transaction_timeout')
  and g.reset_val::bigint between 1 and 10000

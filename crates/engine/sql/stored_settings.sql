-- catalog::roles: settings of roles, of this database, and of roles in this database.
select
    case when s.setrole <> 0 then pg_catalog.pg_get_userbyid(s.setrole)::text end as role,
    s.setdatabase <> 0 as here,
    pg_catalog.split_part(setting, '=', 1) as name,
    pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) as value
from pg_catalog.pg_db_role_setting s
cross join unnest(s.setconfig) setting
where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
order by 1 nulls first, 2, 3

-- catalog::computing: settings under which stored values are computed, as sessions in this database begin with them: what
-- is set for the database, else for everybody, else on the server. $1: their names, in lower case.
select
    s.name::text,
    coalesce(own.value, s.reset_val)::text as value
from pg_catalog.pg_settings s
left join lateral (
    select pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) as value
    from pg_catalog.pg_db_role_setting stored
    cross join unnest(stored.setconfig) setting
    where stored.setrole = 0
      and stored.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
      and pg_catalog.lower(pg_catalog.split_part(setting, '=', 1)) = pg_catalog.lower(s.name)
    order by stored.setdatabase <> 0 desc
    limit 1
) own on true
where pg_catalog.lower(s.name) = any ($1)
order by 1

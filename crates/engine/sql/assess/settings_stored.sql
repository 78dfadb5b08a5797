-- rules::roles settings-stored: settings kept with roles and with this database. Not their values: some are secrets.
select
    c.name as object,
    concat_ws(
        ', ',
        case when s.setrole <> 0 then format('of role %s', r.object) end,
        case when s.setdatabase <> 0 then format('of database %I', current_database()) end,
        case when coalesce(g.context, 'superuser') not in ('user', 'backend') then 'a superuser''s to store' end
    ) as detail
from pg_catalog.pg_db_role_setting s
cross join lateral (select split_part(setting, '=', 1) as name from unnest(s.setconfig) setting) c
left join user_role r on r.oid = s.setrole
left join pg_catalog.pg_settings g on lower(g.name) = lower(c.name)
where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
  and (s.setrole = 0 or r.oid is not null)

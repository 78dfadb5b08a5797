-- target::database: which of the roles $1 somebody uses beyond database $2 and beyond these roles, and where: to drop one would
-- be refused, or take what it has there without a word (its settings, the memberships in it).
select
    r.rolname::text,
    pg_catalog.string_agg(distinct used.somewhere, ', ' order by used.somewhere) as somewhere
from pg_catalog.pg_roles r
cross join lateral (
    select 'in database ' || d.datname as somewhere
    from pg_catalog.pg_shdepend s
    join pg_catalog.pg_database d on d.oid = s.dbid or (s.classid = 'pg_catalog.pg_database'::regclass and d.oid = s.objid)
    where s.refclassid = 'pg_catalog.pg_authid'::regclass
      and s.refobjid = r.oid
      and d.datname <> $2
    union all
    select 'in database ' || d.datname
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase
    where s.setrole = r.oid
      and d.datname <> $2
    union all
    select 'by its member ' || m.rolname
    from pg_catalog.pg_auth_members a
    join pg_catalog.pg_roles m on m.oid = a.member
    where a.roleid = r.oid
      and m.rolname <> current_user
      and m.rolname <> all ($1)
) used
where r.rolname = any ($1)
group by 1

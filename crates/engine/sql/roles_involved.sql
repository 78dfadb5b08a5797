-- verify::roles: roles that have something in this database, and by memberships their groups and members.
with recursive involved as (
    select d.refobjid as oid
    from pg_catalog.pg_shdepend d
    join pg_catalog.pg_database this on this.datname = pg_catalog.current_database()
    where d.refclassid = 'pg_catalog.pg_authid'::regclass
      and (d.dbid = this.oid or d.classid = 'pg_catalog.pg_database'::regclass and d.objid = this.oid)
    union
    select s.setrole
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database this on this.oid = s.setdatabase and this.datname = pg_catalog.current_database()
    union
    -- a role of the system itself is no way from one to another
    select case when m.roleid = i.oid then m.member else m.roleid end
    from involved i
    join pg_catalog.pg_auth_members m on i.oid in (m.roleid, m.member)
    where i.oid >= 16384
)
select r.rolname::text
from involved i
join pg_catalog.pg_roles r on r.oid = i.oid
where r.oid >= 16384

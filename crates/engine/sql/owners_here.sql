-- target::database: roles that own something in this database, and its own owner.
select distinct pg_catalog.pg_get_userbyid(s.refobjid)::text as role
from pg_catalog.pg_shdepend s
join pg_catalog.pg_database this on this.datname = pg_catalog.current_database()
where s.refclassid = 'pg_catalog.pg_authid'::regclass
  and s.deptype = 'o'
  and (s.dbid = this.oid or s.classid = 'pg_catalog.pg_database'::regclass and s.objid = this.oid)

-- catalog::roles: every role that is not the system's own.
select
    r.rolname::text,
    r.oid = 10 as bootstrap,
    r.rolsuper,
    r.rolinherit,
    r.rolcreaterole,
    r.rolcreatedb,
    r.rolcanlogin,
    r.rolreplication,
    r.rolbypassrls,
    r.rolconnlimit,
    r.rolvaliduntil::text as valid_until,
    pg_catalog.shobj_description(r.oid, 'pg_authid') as comment
from pg_catalog.pg_roles r
where r.rolname !~ '^pg_'
  -- roles of RDS itself, by name: an application's may begin with rds too
  and r.rolname not in ('rdsadmin', 'rds_superuser', 'rds_password', 'rds_replication', 'rds_iam', 'rds_ad', 'rds_reserved', 'rds_extension',
                        'rdsrepladmin', 'rdstopmgr', 'rdswriteforwarduser', 'rdsproxyadmin')
order by r.rolname

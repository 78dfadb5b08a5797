-- catalog::rights: who may do what with the database. No row at all means: the server's default.
select
    case when a.grantee = 0 then null else coalesce(r.rolname::text, '') end as grantee,
    a.privilege_type,
    a.is_grantable
from pg_catalog.pg_database d
cross join lateral pg_catalog.aclexplode(d.datacl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where d.datname = pg_catalog.current_database()
  and a.grantee <> d.datdba
order by 1 nulls first, 2

-- schema::roles: those of the roles $1 that we may not act for yet, and the statement by which we leave each when we have joined it.
select
    r.rolname::text,
    pg_catalog.format('revoke %I from current_user', r.rolname) as leave
from pg_catalog.pg_roles r
where r.rolname = any ($1)
  and not pg_catalog.pg_has_role(r.oid, 'member')
order by 1

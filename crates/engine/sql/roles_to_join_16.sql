-- schema::roles: those of the roles $1 that we may not act for yet, and the statement by which we leave each when we have joined it.
-- What we granted ourselves before by half is given back as it was.
select
    r.rolname::text,
    case
        when own.roleid is null then pg_catalog.format('revoke %I from current_user', r.rolname)
        else pg_catalog.format('grant %I to current_user with inherit %s, set %s', r.rolname, own.inherit_option::text, own.set_option::text)
    end as leave
from pg_catalog.pg_roles r
join pg_catalog.pg_roles me on me.rolname = current_user
left join pg_catalog.pg_auth_members own on own.roleid = r.oid and own.member = me.oid and own.grantor = me.oid
where r.rolname = any ($1)
  and not (pg_catalog.pg_has_role(r.oid, 'set') and pg_catalog.pg_has_role(r.oid, 'usage'))
order by 1

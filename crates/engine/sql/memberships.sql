-- catalog::roles: who is a member of what.
select
    pg_catalog.pg_get_userbyid(m.roleid)::text as role,
    pg_catalog.pg_get_userbyid(m.member)::text as member,
    bool_or(m.admin_option) as admin,
    null::bool as inherit,
    null::bool as set
from pg_catalog.pg_auth_members m
group by m.roleid, m.member
order by 1, 2

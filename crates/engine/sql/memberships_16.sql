-- catalog::roles: who is a member of what.
select
    pg_catalog.pg_get_userbyid(m.roleid)::text as role,
    pg_catalog.pg_get_userbyid(m.member)::text as member,
    bool_or(m.admin_option) as admin,
    bool_or(m.inherit_option) as inherit,
    bool_or(m.set_option) as set
from pg_catalog.pg_auth_members m
group by m.roleid, m.member
order by 1, 2

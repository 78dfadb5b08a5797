-- rules::roles role-grantor: memberships, whose grantors a dump of roles writes down.
select
    r.object,
    format(
        'member of %I, granted by %s',
        pg_catalog.pg_get_userbyid(m.roleid),
        coalesce(quote_ident(g.rolname), 'a role that is gone')
    ) as detail
from pg_catalog.pg_auth_members m
join user_role r on r.oid = m.member
left join pg_catalog.pg_roles g on g.oid = m.grantor

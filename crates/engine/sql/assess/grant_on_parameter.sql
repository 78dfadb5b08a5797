-- rules::roles grant-on-system, from 15 on: rights on settings. The end of that question.
union all
select
    p.parname,
    string_agg(
        format('%s granted to %s', a.privilege_type, case when a.grantee = 0 then 'PUBLIC' else quote_ident(r.rolname) end),
        ', '
        order by a.privilege_type, a.grantee
    )
from pg_catalog.pg_parameter_acl p
cross join lateral pg_catalog.aclexplode(p.paracl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where a.grantee <> 10
group by p.parname

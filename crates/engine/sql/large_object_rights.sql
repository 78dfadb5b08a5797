-- catalog::rights: owners, grants and comments of large objects.
select
    m.oid,
    pg_catalog.pg_get_userbyid(m.lomowner)::text as owner,
    (
        select pg_catalog.array_agg(
            case when a.grantee = 0 then '' else coalesce(r.rolname::text, a.grantee::text) end || chr(1) || a.privilege_type || chr(1) || a.is_grantable::text
            order by a.grantee, a.privilege_type
        )
        from pg_catalog.aclexplode(m.lomacl) a
        left join pg_catalog.pg_roles r on r.oid = a.grantee
        where a.grantee <> m.lomowner
    ) as grants,
    pg_catalog.obj_description(m.oid, 'pg_largeobject') as comment
from pg_catalog.pg_largeobject_metadata m
order by m.oid

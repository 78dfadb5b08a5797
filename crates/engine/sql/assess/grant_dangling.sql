-- rules::roles grant-dangling: rights of roles that are gone.
select
    x.object,
    format('%s for role %s, which is gone', string_agg(a.privilege_type, ', ' order by a.privilege_type), a.grantee) as detail
from (
    select
        format('%I.%I', n.nspname, c.relname) as object,
        c.relacl as acl
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relacl is not null
    union all
    select
        format('%I.%I.%I', n.nspname, c.relname, a.attname),
        a.attacl
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where a.attacl is not null
    union all
    select f.object, f.proacl from function f where f.proacl is not null
    union all
    select t.object, t.typacl from user_type t where t.typacl is not null
    union all
    select format('%I', nspname), nspacl from pg_catalog.pg_namespace
    union all
    select format('%I', datname), datacl from pg_catalog.pg_database where datname = current_database()
    union all
    select format('%I', lanname), lanacl from pg_catalog.pg_language
    union all
    select format('%I', fdwname), fdwacl from pg_catalog.pg_foreign_data_wrapper
    union all
    select format('%I', srvname), srvacl from pg_catalog.pg_foreign_server
    union all
    select format('large object %s', oid), lomacl from pg_catalog.pg_largeobject_metadata where lomacl is not null
    union all
    select format('default privileges of %I', pg_catalog.pg_get_userbyid(defaclrole)), defaclacl from pg_catalog.pg_default_acl
) x
cross join lateral pg_catalog.aclexplode(x.acl) a
where a.grantee <> 0
  and not exists (select from pg_catalog.pg_roles r where r.oid = a.grantee)
group by x.object, a.grantee

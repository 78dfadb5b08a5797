-- rules::roles grant-on-system: rights on the system's own objects that initdb did not give, and those taken away.
select
    s.object,
    string_agg(
        format(
            '%s %s %s',
            p.privilege_type,
            case when p.given then 'granted to' else 'revoked from' end,
            case when p.grantee = 0 then 'PUBLIC' else quote_ident(pg_catalog.pg_get_userbyid(p.grantee)) end
        ),
        ', '
        order by p.privilege_type, p.grantee
    ) as detail
from (
    select
        x.object,
        x.acl,
        coalesce(i.initprivs, x.otherwise) as initially
    from (
        select
            'pg_catalog.pg_class'::regclass as class,
            c.oid,
            0 as part,
            format('pg_catalog.%I', c.relname) as object,
            c.relacl as acl,
            pg_catalog.acldefault('r', c.relowner) as otherwise
        from pg_catalog.pg_class c
        where c.relnamespace = 'pg_catalog'::regnamespace and c.oid < 16384 and c.relacl is not null
        union all
        select
            'pg_catalog.pg_class'::regclass,
            a.attrelid,
            a.attnum,
            format('pg_catalog.%I.%I', c.relname, a.attname),
            a.attacl,
            '{}'
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'pg_catalog'::regnamespace and a.attrelid < 16384 and a.attacl is not null
        union all
        select
            'pg_catalog.pg_proc'::regclass,
            p.oid,
            0,
            format('pg_catalog.%I(%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
            p.proacl,
            pg_catalog.acldefault('f', p.proowner)
        from pg_catalog.pg_proc p
        where p.pronamespace = 'pg_catalog'::regnamespace and p.oid < 16384 and p.proacl is not null
    ) x
    left join pg_catalog.pg_init_privs i on i.classoid = x.class and i.objoid = x.oid and i.objsubid = x.part
) s
cross join lateral (
    select
        coalesce(now.grantee, before.grantee) as grantee,
        coalesce(now.privilege_type, before.privilege_type) as privilege_type,
        before.grantee is null as given
    from (select distinct grantee, privilege_type, is_grantable from pg_catalog.aclexplode(s.acl)) now
    full join (select distinct grantee, privilege_type, is_grantable from pg_catalog.aclexplode(s.initially)) before
      on (now.grantee, now.privilege_type, now.is_grantable) = (before.grantee, before.privilege_type, before.is_grantable)
    where now.grantee is null or before.grantee is null
) p
group by s.object

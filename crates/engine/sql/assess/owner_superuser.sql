-- rules::roles owner-superuser: what superusers own, by owner. A superuser of the first hour leaves no row in pg_shdepend.
select
    format('%I', r.rolname) as object,
    string_agg(format('%s: %s', o.kind, o.objects), ', ' order by o.kind) as detail
from (
    select
        owner,
        kind,
        count(*) as objects
    from (
        select
            relowner as owner,
            case relkind when 'v' then 'views' when 'm' then 'materialized views' when 'S' then 'sequences' else 'tables' end as kind
        from relation
        where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        union all
        select
            proowner,
            case when prosecdef then 'SECURITY DEFINER functions' else 'functions' end
        from function
        union all
        select typowner, 'types' from user_type
        union all
        select nspowner, 'schemas' from pg_catalog.pg_namespace where oid >= 16384 and nspname <> 'pgferry' and nspname !~ '^pg_'
        union all
        select lomowner, 'large objects' from pg_catalog.pg_largeobject_metadata
        union all
        select defaclrole, 'default privileges' from pg_catalog.pg_default_acl
    ) x
    group by owner, kind
) o
join pg_catalog.pg_roles r on r.oid = o.owner
where r.rolsuper
group by r.rolname

-- target::database::before: whose the database and its schema public are, who may do what with them, what is said of them:
-- each as the statement that makes it so, and the one that takes it back. Owners first.
with db as (
    select d.oid, d.datdba as owner, pg_catalog.format('database %I', d.datname) as what, 'd'::"char" as kind,
        coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba)) as acl, pg_catalog.shobj_description(d.oid, 'pg_database') as comment
    from pg_catalog.pg_database d
    where d.datname = pg_catalog.current_database()
    union all
    select n.oid, n.nspowner, 'schema public', 'n', coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)), pg_catalog.obj_description(n.oid, 'pg_namespace')
    from pg_catalog.pg_namespace n
    where n.nspname = 'public'
),
grants as (
    select db.what, a.privilege_type, a.is_grantable,
        case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end as who
    from db
    cross join lateral pg_catalog.aclexplode(db.acl) a
    where a.grantee <> db.owner
)
select 1 as rank, pg_catalog.format('alter %s owner to %I', what, pg_catalog.pg_get_userbyid(owner)) as give, null as take from db
union all
select 2, pg_catalog.format('grant %s on %s to %s%s', privilege_type, what, who, case when is_grantable then ' with grant option' else '' end),
    -- whoever had a right from one who loses it loses it too
    pg_catalog.format('revoke %s on %s from %s cascade', privilege_type, what, who)
from grants
union all
select 2, pg_catalog.format('comment on %s is %L', what, comment), null from db
union all
select 2, pg_catalog.format('alter database %I connection limit %s', datname, datconnlimit), null
from pg_catalog.pg_database
where datname = pg_catalog.current_database()
order by 1, 2

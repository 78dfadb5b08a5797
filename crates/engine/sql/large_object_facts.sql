-- verify::objects: owners, comments and rights of large objects, one line a fact. @bootstrap: the source's first
-- superuser, for whom the master, @master, stands on the target.
select
    l.oid,
    'large object ' || l.oid::text as object,
    'owner' as property,
    named.owner || coalesce(': ' || pg_catalog.obj_description(l.oid, 'pg_largeobject'), '') as value
from pg_catalog.pg_largeobject_metadata l
cross join lateral (
    select case owner.name when @bootstrap then @master else owner.name end as owner
    from (select pg_catalog.pg_get_userbyid(l.lomowner)::text as name) owner
) named
union all
select
    l.oid,
    'right on large object ' || l.oid::text,
    a.privilege_type || ' to ' || named.grantee,
    named.grantee || ': ' || bool_or(a.is_grantable)::text
from pg_catalog.pg_largeobject_metadata l
cross join lateral pg_catalog.aclexplode(coalesce(l.lomacl, pg_catalog.acldefault('L', l.lomowner))) a
cross join lateral (
    select case when a.grantee = 0 then 'public' when grantee.name = @bootstrap then @master else grantee.name end as grantee
    from (select pg_catalog.pg_get_userbyid(a.grantee)::text as name) grantee
) named
group by l.oid, a.privilege_type, named.grantee

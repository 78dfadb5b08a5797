-- target::database: everything that somebody made in this database, as statements that drop it. Ours is left out.
-- Members of an extension go with it; what an object owns internally goes with the object. Default privileges are no object,
-- but whatever is made under them is otherwise than it would be: what drops them makes the server's own default hold again.
with default_acls as (
    select d.oid,
        pg_catalog.format('alter default privileges for role %I', pg_catalog.pg_get_userbyid(d.defaclrole))
            || coalesce(' in schema ' || pg_catalog.quote_ident(n.nspname), '') as alter,
        case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
            when 'n' then 'schemas' else 'large objects' end as what,
        d.defaclacl as acl,
        -- those of a schema are added to the default, the others stand for it
        case when d.defaclnamespace = 0
            then pg_catalog.acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole)
        end as usual
    from pg_catalog.pg_default_acl d
    left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
),
default_items as (
    select d.oid, d.alter || ' revoke ' || a.privilege_type || ' on ' || d.what || ' from ' as sql, a.grantee
    from default_acls d
    cross join lateral pg_catalog.aclexplode(d.acl) a
    where not exists (
        select from pg_catalog.aclexplode(d.usual) u where (u.grantee, u.privilege_type, u.is_grantable) = (a.grantee, a.privilege_type, a.is_grantable)
    )
    union all
    select d.oid, d.alter || ' grant ' || u.privilege_type || ' on ' || d.what || ' to ', u.grantee
    from default_acls d
    cross join lateral pg_catalog.aclexplode(d.usual) u
    where not exists (
        select from pg_catalog.aclexplode(d.acl) a where (u.grantee, u.privilege_type, u.is_grantable) = (a.grantee, a.privilege_type, a.is_grantable)
    )
),
default_drops as (
    -- what is revoked comes first: a right without its grant option is revoked whole, and given back
    select i.oid, pg_catalog.string_agg(i.sql || case i.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(i.grantee)) end,
        '; ' order by i.sql desc) as sql
    from default_items i
    group by i.oid
),
found as (
    select c.classid, c.objid, c.rank
    from (
        select 'pg_catalog.pg_event_trigger'::regclass as classid, oid as objid, 1 as rank from pg_catalog.pg_event_trigger
        union all
        select 'pg_catalog.pg_default_acl'::regclass, oid, 1 from pg_catalog.pg_default_acl
        union all
        select 'pg_catalog.pg_publication'::regclass, oid, 1 from pg_catalog.pg_publication
        union all
        select 'pg_catalog.pg_extension'::regclass, oid, 2 from pg_catalog.pg_extension where extname <> 'plpgsql'
        union all
        select 'pg_catalog.pg_namespace'::regclass, oid, 3 from pg_catalog.pg_namespace
            where nspname not in ('pgferry', 'public', 'pg_catalog', 'information_schema') and nspname !~ '^pg_(toast|temp)'
        union all
        select 'pg_catalog.pg_class'::regclass, c.oid, case c.relkind when 'S' then 5 else 4 end from pg_catalog.pg_class c
            where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't'
        union all
        select 'pg_catalog.pg_type'::regclass, t.oid, 7 from pg_catalog.pg_type t
            where (t.typrelid = 0 and t.typtype in ('b', 'd', 'e', 'r', 'p')
                   or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
              and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
        union all
        select 'pg_catalog.pg_proc'::regclass, oid, 6 from pg_catalog.pg_proc
        union all
        select 'pg_catalog.pg_operator'::regclass, oid, 6 from pg_catalog.pg_operator
        union all
        select 'pg_catalog.pg_opclass'::regclass, oid, 6 from pg_catalog.pg_opclass
        union all
        select 'pg_catalog.pg_opfamily'::regclass, oid, 6 from pg_catalog.pg_opfamily
        union all
        select 'pg_catalog.pg_collation'::regclass, oid, 6 from pg_catalog.pg_collation
        union all
        select 'pg_catalog.pg_conversion'::regclass, oid, 6 from pg_catalog.pg_conversion
        union all
        select 'pg_catalog.pg_ts_config'::regclass, oid, 6 from pg_catalog.pg_ts_config
        union all
        select 'pg_catalog.pg_ts_dict'::regclass, oid, 6 from pg_catalog.pg_ts_dict
        union all
        select 'pg_catalog.pg_statistic_ext'::regclass, oid, 6 from pg_catalog.pg_statistic_ext
        union all
        select 'pg_catalog.pg_cast'::regclass, oid, 6 from pg_catalog.pg_cast
        union all
        select 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, 8 from pg_catalog.pg_foreign_data_wrapper
        union all
        select 'pg_catalog.pg_foreign_server'::regclass, oid, 7 from pg_catalog.pg_foreign_server
        union all
        select 'pg_catalog.pg_language'::regclass, oid, 8 from pg_catalog.pg_language
    ) c
    where c.objid >= 16384
      and not exists (
          select from pg_catalog.pg_depend d
          where d.classid = c.classid and d.objid = c.objid and d.deptype in ('e', 'i')
      )
)
select
    found.rank,
    case named.type when 'default acl' then 'default privileges' else named.type end as type,
    named.identity,
    coalesce(default_drops.sql, 'drop ' || case named.type when 'foreign-data wrapper' then 'foreign data wrapper' else named.type end
        || ' if exists ' || named.identity || ' cascade') as drop_sql
from found
left join default_drops on default_drops.oid = found.objid and found.classid = 'pg_catalog.pg_default_acl'::regclass
cross join lateral pg_catalog.pg_identify_object(found.classid, found.objid, 0) named
where coalesce(named.schema, '') not in ('pgferry', 'pg_toast')
  and named.identity is not null
order by found.rank, found.objid desc

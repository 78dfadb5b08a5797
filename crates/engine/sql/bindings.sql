-- catalog::bindings: definitions that use an operator from a schema other than pg_catalog, as pg_dump knows them (catalog
-- and OID), and those schemas. IS DISTINCT FROM, NULLIF, IN and CASE print no operator: only a path tells which it was.
with uses as (
    select d.classid, d.objid, n.nspname
    from pg_catalog.pg_depend d
    join pg_catalog.pg_operator o on o.oid = d.refobjid
    join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
    where d.refclassid = 'pg_catalog.pg_operator'::regclass
      and n.nspname <> 'pg_catalog'
),
objects as (
    select u.classid, u.objid, u.nspname from uses u
    union
    select 'pg_catalog.pg_class'::regclass, w.ev_class, u.nspname
    from uses u join pg_catalog.pg_rewrite w on u.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = u.objid
    union
    select 'pg_catalog.pg_class'::regclass, f.adrelid, u.nspname
    from uses u join pg_catalog.pg_attrdef f on u.classid = 'pg_catalog.pg_attrdef'::regclass and f.oid = u.objid
    union
    select case k.conrelid when 0 then 'pg_catalog.pg_type'::regclass else 'pg_catalog.pg_class'::regclass end, case k.conrelid when 0 then k.contypid else k.conrelid end, u.nspname
    from uses u join pg_catalog.pg_constraint k on u.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = u.objid
)
select
    o.classid::oid as class,
    o.objid::oid as object,
    string_agg(distinct pg_catalog.quote_ident(o.nspname), ', ') as path
from objects o
group by 1, 2

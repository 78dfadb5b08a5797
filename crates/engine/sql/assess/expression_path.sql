-- rules::constraints expression-path: functions with the caller's search path, in what the server computes by itself.
-- Before 14 every body was a text: there the name means the one in front.
select
    f.object,
    'used by ' || string_agg(distinct users.object, ', ') as detail,
    format(
        'ALTER %s %s SET search_path = %I, pg_catalog',
        case f.prokind when 'p' then 'PROCEDURE' else 'FUNCTION' end,
        f.object,
        f.nspname
    ) as sql
from function f
join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname not in ('c', 'internal')
join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = f.oid
cross join (select null as prosqlbody) before_14
cross join lateral (select prosqlbody is not null as is from pg_catalog.pg_proc self where self.oid = f.oid) bound
join lateral (
    select r.object
    from relation r
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = r.oid and r.relkind in ('i', 'I')
    union all
    select c.object
    from user_column c
    where d.classid = 'pg_catalog.pg_class'::regclass
      and d.objid = c.relation
      and d.objsubid = c.attnum
      and c.attgenerated <> ''
    union all
    select c.object
    from pg_catalog.pg_attrdef a
    join user_column c on c.relation = a.adrelid and c.attnum = a.adnum and c.attgenerated <> ''
    where d.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = d.objid
    union all
    select r.object
    from pg_catalog.pg_rewrite w
    join relation r on r.oid = w.ev_class and r.relkind = 'm'
    where d.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = d.objid
) users on true
where not bound.is
  and not exists (select from unnest(f.proconfig) setting where setting like 'search\_path=%')
group by f.object, f.nspname, f.prokind

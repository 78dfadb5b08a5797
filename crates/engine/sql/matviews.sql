-- catalog::matviews: materialised views that hold rows, with those that each rests on, and the search_path of its owner.
-- What else the owner's sessions compute with. $1: our own schema; $2: settings that compute, in lower case.
with recursive edges as (
    select distinct
        r.ev_class as dependent,
        d.refobjid as referenced
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d
        on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> r.ev_class
),
closure as (
    select dependent, referenced from edges
    union
    select c.dependent, e.referenced
    from closure c
    join edges e on e.dependent = c.referenced
)
select
    c.oid,
    n.nspname::text,
    c.relname::text,
    array(
        select m.oid
        from closure
        join pg_catalog.pg_class m on m.oid = closure.referenced and m.relkind = 'm'
        where closure.dependent = c.oid
    ) as depends,
    (
        select pg_catalog.substr(setting, pg_catalog.length('search_path=') + 1)
        from pg_catalog.pg_db_role_setting s
        cross join unnest(s.setconfig) setting
        where setting like 'search\_path=%'
          and s.setrole in (0, c.relowner)
          and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
        order by s.setrole <> 0 desc, s.setdatabase <> 0 desc
        limit 1
    ) as owner_path,
    array(
        select distinct on (pg_catalog.lower(pg_catalog.split_part(setting, '=', 1))) setting
        from pg_catalog.pg_db_role_setting s
        cross join unnest(s.setconfig) setting
        where pg_catalog.lower(pg_catalog.split_part(setting, '=', 1)) = any ($2)
          and s.setrole = c.relowner
          and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
        order by pg_catalog.lower(pg_catalog.split_part(setting, '=', 1)), s.setdatabase <> 0 desc
    ) as owner_settings,
    pg_catalog.pg_get_userbyid(c.relowner)::text as owner
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'm'
  and c.relispopulated
  and n.nspname <> $1
order by c.oid

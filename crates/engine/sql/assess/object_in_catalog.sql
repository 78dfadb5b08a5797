-- rules::tables object-in-catalog: objects of users among the system's own, where no dump looks.
select object, 'function' as detail
from function
where nspname = 'pg_catalog'
union all
select object, 'type'
from user_type
where nspname = 'pg_catalog'
union all
select
    o.oid::regoperator::text,
    'operator'
from pg_catalog.pg_operator o
where o.oid >= 16384
  and o.oprnamespace = 'pg_catalog'::regnamespace
  and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e'
  )

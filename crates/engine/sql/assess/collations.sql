-- assess::facts: collations, by what they stand for: the user's own, and the names of locales that the server was made with.
select
    format('%I.%I', n.nspname, c.collname) as object,
    c.collprovider::text as provider,
    coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate, '')::text as locale,
    c.oid >= 16384 as own
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where c.collprovider <> 'd'
  and (
      c.oid < 16384
      or not exists (
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_collation'::regclass and d.objid = c.oid and d.deptype = 'e'
      )
  )

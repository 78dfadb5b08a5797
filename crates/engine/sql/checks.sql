-- catalog::checks: CHECKs, of tables and domains, that call a function of the database's own: it may read tables that
-- are still empty while rows arrive. $1: our own schema.
select
    coalesce(pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
             pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.typname)) as owner,
    co.conrelid = 0 as of_domain,
    co.conname::text,
    pg_catalog.pg_get_constraintdef(co.oid) as definition,
    pg_catalog.obj_description(co.oid, 'pg_constraint') as comment,
    co.oid
from pg_catalog.pg_constraint co
left join pg_catalog.pg_class c on c.oid = co.conrelid and co.conrelid <> 0
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_type t on t.oid = co.contypid and co.contypid <> 0
left join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
where co.contype = 'c'
  -- what is NOT VALID comes after the rows anyway, from the dump
  and co.convalidated
  and co.coninhcount = 0
  and coalesce(n.nspname, tn.nspname) <> $1
  and coalesce(c.relpersistence, 'p') <> 't'
  and exists (
      select
      from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_constraint'::regclass
        and d.objid = co.oid
        and d.refclassid = 'pg_catalog.pg_proc'::regclass
        and d.refobjid >= 16384
        and not exists (
            select from pg_catalog.pg_depend m
            where m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = d.refobjid and m.deptype = 'e'
        )
  )
order by co.oid

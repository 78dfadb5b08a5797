-- rules::roles public-schema-open: whether everybody may create objects in the schema public.
select
    format('%I', n.nspname) as object,
    'PUBLIC may create objects in it' as detail
from pg_catalog.pg_namespace n
cross join lateral pg_catalog.aclexplode(n.nspacl) a
where n.nspname = 'public'
  and a.grantee = 0
  and a.privilege_type = 'CREATE'

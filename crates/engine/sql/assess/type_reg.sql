-- rules::types type-reg: columns that name objects of this server by OID.
select distinct
    c.object,
    t.typname::text as detail
from user_column c
join type_part p on p.root = c.atttypid
join pg_catalog.pg_type t on t.oid = p.part
where t.typnamespace = 'pg_catalog'::regnamespace
  and t.typname in (
      'regclass', 'regcollation', 'regconfig', 'regdatabase', 'regdictionary', 'regnamespace', 'regoper',
      'regoperator', 'regproc', 'regprocedure', 'regrole', 'regtype'
  )

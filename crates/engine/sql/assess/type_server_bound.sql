-- rules::types type-server-bound: columns whose values mean something on this server alone.
select distinct
    c.object,
    t.typname::text as detail
from user_column c
join type_part p on p.root = c.atttypid
join pg_catalog.pg_type t on t.oid = p.part
where t.typnamespace = 'pg_catalog'::regnamespace
  and t.typname in (
      'aclitem', 'cid', 'oid', 'pg_lsn', 'pg_snapshot', 'tid', 'txid_snapshot', 'xid', 'xid8'
  )

-- rules::types type-dms-poor: columns of types that DMS does not carry, or as text.
select distinct
    c.object,
    format_type(c.atttypid, c.atttypmod) as detail
from user_column c
join type_part p on p.root = c.atttypid
join pg_catalog.pg_type t on t.oid = p.part
where t.typtype in ('e', 'c', 'r', 'm')
   or t.typnamespace = 'pg_catalog'::regnamespace
      and t.typname in (
          'inet', 'cidr', 'macaddr', 'macaddr8', 'tsvector', 'tsquery', 'line', 'box', 'path', 'circle'
      )

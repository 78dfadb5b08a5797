-- rules::types type-char-high: probes of columns of the one-byte type for bytes that are not ASCII.
select
    c.object,
    format(
        'select %L as object, count(*) || '' rows'' as detail from only %s where (%I::"char")::int4 < 0 having count(*) > 0',
        c.object,
        c.table_object,
        c.attname
    ) as probe
from user_column c
join pg_catalog.pg_type t on t.oid = c.atttypid
where c.relkind = 'r'
  and '"char"'::regtype in (t.oid, t.typbasetype)

-- rules::types dms-values: numbers without a precision, and probes of dates for infinity.
select
    c.object,
    'numeric without a precision' as detail,
    null as probe
from user_column c
join pg_catalog.pg_type t on t.oid = c.atttypid
where 'numeric'::regtype in (t.oid, t.typbasetype)
  and c.atttypmod = -1
  and t.typtypmod = -1
union all
select
    c.object,
    null,
    format(
        'select %L as object, count(*) || '' rows are infinite'' as detail from only %s where not isfinite(%I) having count(*) > 0',
        c.object,
        c.table_object,
        c.attname
    )
from user_column c
join pg_catalog.pg_type t on t.oid = c.atttypid
where c.relkind = 'r'
  and coalesce(nullif(t.typbasetype, 0), t.oid) in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)

-- rules::types dms-values: numbers without a precision, and probes of dates for infinity.
select
    c.object,
    case when not dated.is_date then 'numeric without a precision' end as detail,
    case
        when dated.is_date then format(
            'select %L as object, count(*) || '' rows are infinite'' as detail from only %s where not isfinite(%I) having count(*) > 0',
            c.object,
            c.table_object,
            c.attname
        )
    end as probe
from user_column c
join pg_catalog.pg_type t on t.oid = c.atttypid
cross join lateral (
    select coalesce(nullif(t.typbasetype, 0), t.oid) in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) as is_date
) dated
where dated.is_date and c.relkind = 'r'
   or 'numeric'::regtype in (t.oid, t.typbasetype) and c.atttypmod = -1 and t.typtypmod = -1

-- rules::keys dms-key: keys by which DMS carries no row, and arrays where it needs a key.
select
    c.table_object as object,
    case
        when i.indrelid is not null then format('%I %s is part of the primary key', c.attname, format_type(c.atttypid, c.atttypmod))
        else format('%I %s, without a primary key', c.attname, format_type(c.atttypid, c.atttypmod))
    end as detail
from user_column c
join pg_catalog.pg_type t on t.oid = c.atttypid
left join pg_catalog.pg_index i on i.indrelid = c.relation and i.indisprimary
where c.relkind = 'r'
  and case
      when i.indrelid is not null
      then c.attnum = any (i.indkey::int2[])
          and coalesce(nullif(t.typbasetype, 0), t.oid) in ('text'::regtype, 'bytea'::regtype, 'jsonb'::regtype)
      else c.attndims > 0 or t.typelem <> 0 and t.typlen = -1
  end

-- rules::types xid-as-data: defaults and bodies that keep transaction ids or WAL positions. A tree of a default names its
-- functions by OID, and text is all that it can be read as.
select
    c.object,
    'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) as detail
from user_column c
join pg_catalog.pg_attrdef d on d.adrelid = c.relation and d.adnum = c.attnum
where d.adbin::text ~ (
    select ':funcid (' || string_agg(p.oid::text, '|') || ') '
    from pg_catalog.pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and p.proname ~ '^(txid_|pg_current_xact_id|pg_current_snapshot|pg_current_wal_)'
)
union all
select
    f.object,
    'seems to: ' || line.text
from function f
cross join lateral (
    select trim(text) as text
    from pg_catalog.regexp_split_to_table(f.prosrc, '\n') text
    where text ~* '\m(txid_\w+|pg_current_xact_id\w*|pg_current_snapshot|pg_current_wal_\w+|xmin)\M'
    limit 1
) line
where f.prosrc ~* '\m(txid_\w+|pg_current_xact_id\w*|pg_current_snapshot|pg_current_wal_\w+|xmin)\M'

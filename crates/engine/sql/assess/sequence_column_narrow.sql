-- rules::sequences sequence-column-narrow: sequences that go further than the column that they number.
select
    r.object,
    format(
        'numbers %s %s: %s %% of it used',
        c.object,
        format_type(c.atttypid, null),
        round(coalesce(v.last_value, 0)::numeric * 100 / widest.value, 1)
    ) as detail,
    format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint', c.table_object, c.attname) as sql
from relation r
join numbered n on n.sequence = r.oid
join pg_catalog.pg_sequence s on s.seqrelid = r.oid
join pg_catalog.pg_sequences v on v.schemaname = r.nspname and v.sequencename = r.relname
join user_column c on c.relation = n.relation and c.attnum = n.attnum and c.attinhcount = 0
join pg_catalog.pg_type t on t.oid = c.atttypid
cross join lateral (
    select case coalesce(nullif(t.typbasetype, 0), t.oid) when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 end as value
) widest
where s.seqmax > widest.value

-- rules::tables value-huge: probes of tables that could hold values of 200 MB and more, even if compressed a hundredfold.
select
    r.object,
    format(
        'select v.object, pg_size_pretty(v.bytes) as detail, case when v.bytea and v.bytes > 500000000 then ''B'' end as severity '
        'from (select %s from only %s) m cross join lateral (values %s) v(object, bytes, bytea) where v.bytes > 200000000',
        string_agg(
            format(
                'max(%s(%I))::bigint as c%s',
                case when coalesce(nullif(t.typbasetype, 0), t.oid) in ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype)
                    then 'octet_length' else 'pg_column_size' end,
                c.attname,
                c.attnum
            ),
            ', '
        ),
        r.object,
        string_agg(
            format('(%L, c%s, %L::boolean)', c.object, c.attnum, coalesce(nullif(t.typbasetype, 0), t.oid) = 'bytea'::regtype),
            ', '
        )
    ) as probe
from user_table r
join user_column c on c.relation = r.oid and c.attlen = -1 and c.attstorage <> 'p'
join pg_catalog.pg_type t on t.oid = c.atttypid
where r.relkind = 'r'
  and r.reltoastrelid <> 0
  and pg_catalog.pg_relation_size(r.reltoastrelid) > 1000000
group by r.object

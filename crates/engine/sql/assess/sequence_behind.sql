-- rules::sequences sequence-behind: probes of columns for numbers that their sequence has yet to give.
select
    r.object,
    format(
        'select %L as object, format(''next is %%s, %%s holds %%s'', s.next, %L, c.furthest) as detail, %L as sql '
        'from (select case when is_called then last_value::numeric + %s else last_value end as next from %s) s '
        'cross join (select %s(%I) as furthest from %s) c where s.next %s c.furthest',
        r.object,
        c.object,
        format('SELECT pg_catalog.setval(%L, (SELECT %s(%I) FROM %s))', r.object, reach.furthest, c.attname, c.table_object),
        s.seqincrement,
        r.object,
        reach.furthest,
        c.attname,
        c.table_object,
        reach.behind
    ) as probe
from relation r
join numbered n on n.sequence = r.oid
join pg_catalog.pg_sequence s on s.seqrelid = r.oid and not s.seqcycle
join user_column c on c.relation = n.relation and c.attnum = n.attnum and c.attinhcount = 0
join pg_catalog.pg_type t on t.oid = c.atttypid
cross join lateral (
    select
        case when s.seqincrement > 0 then 'max' else 'min' end as furthest,
        case when s.seqincrement > 0 then '<=' else '>=' end as behind
) reach
where coalesce(nullif(t.typbasetype, 0), t.oid) in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
group by r.object, c.object, c.table_object, c.attname, s.seqincrement, reach.furthest, reach.behind

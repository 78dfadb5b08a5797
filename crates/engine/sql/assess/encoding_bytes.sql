-- rules::locale encoding-bytes: probes of tables for texts that are no UTF-8, with the keys of some such rows. A database of
-- encoding SQL_ASCII keeps any byte, and its regular expressions see one after the other.
, utf8 as (
    select '^(?:[\u0001-\u007f]|[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|'
        '[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf]{2}|\u00ed[\u0080-\u009f][\u0080-\u00bf]|'
        '\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|[\u00f1-\u00f3][\u0080-\u00bf]{3}|\u00f4[\u0080-\u008f][\u0080-\u00bf]{2})*$' as pattern
),
-- types that texts are a part of
textual as (
    select distinct p.root
    from type_part p
    join pg_catalog.pg_type t on t.oid = p.part
    where t.typcategory = 'S'
       or t.typtype = 'e'
       or t.oid in ('"char"'::regtype, 'json'::regtype, 'jsonb'::regtype, 'xml'::regtype, 'tsvector'::regtype, 'tsquery'::regtype)
       or t.typname = 'hstore'
)
select
    r.object,
    format(
        'select f.object, count(*) || '' rows: '' || string_agg(case when f.key ~ %1$L then f.key '
        'else encode(convert_to(f.key, ''SQL_ASCII''), ''escape'') end, ''; '' order by f.at) filter (where f.at <= 5) as detail '
        'from (select v.object, left(%2$s, 80) as key, row_number() over (partition by v.object order by %2$s collate "C") as at '
        'from only %3$s r cross join lateral (values %4$s) v(object, value) where v.value !~ %1$L) f group by f.object',
        u.pattern,
        coalesce(keys.text, '''ctid='' || r.ctid::text'),
        r.object,
        string_agg(format('(%L, r.%I::text)', c.object, c.attname), ', ' order by c.attnum)
    ) as probe
from user_table r
join user_column c on c.relation = r.oid and c.atttypid in (select root from textual)
cross join utf8 u
left join lateral (
    select '(' || string_agg(format('%L || r.%I::text', format('%I=', a.attname), a.attname), ' || '', '' || ') || ')' as text
    from pg_catalog.pg_index i
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = r.oid
      and i.indisprimary
) keys on true
where r.relkind = 'r'
group by r.object, u.pattern, keys.text

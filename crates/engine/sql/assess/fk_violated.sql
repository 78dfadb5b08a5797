-- rules::constraints fk-violated: probes of foreign keys for rows that refer to nothing. A temporal key refers to a span,
-- not to a row.
select
    format('%I ON %s', con.conname, r.object) as object,
    format(
        'select %L as object, count(*) || '' rows'' as detail from %s%s a where %s having count(*) > 0',
        format('%I ON %s', con.conname, r.object),
        case r.relkind when 'r' then 'only ' end,
        r.object,
        case
            when con.confmatchtype = 'f'
            then format('not (%s) and ((%s) or not exists (select from %s%s b where %s))', keys.unset, keys.half, case target.relkind when 'r' then 'only ' end, target.object, keys.same)
            else format('%s and not exists (select from %s%s b where %s)', keys.set, case target.relkind when 'r' then 'only ' end, target.object, keys.same)
        end
    ) as probe
from pg_catalog.pg_constraint con
join user_table r on r.oid = con.conrelid
join user_table target on target.oid = con.confrelid
cross join (select false as conperiod) before_18
cross join lateral (select conperiod as yes from pg_catalog.pg_constraint self where self.oid = con.oid) temporal
cross join lateral (
    select
        string_agg(format('a.%I is not null', own.attname), ' and ') as set,
        string_agg(format('a.%I is null', own.attname), ' and ') as unset,
        string_agg(format('a.%I is null', own.attname), ' or ') as half,
        string_agg(format('b.%I operator(%I.%s) a.%I', other.attname, n.nspname, o.oprname, own.attname), ' and ') as same
    from pg_catalog.generate_subscripts(con.conkey, 1) k
    join pg_catalog.pg_attribute own on own.attrelid = con.conrelid and own.attnum = con.conkey[k]
    join pg_catalog.pg_attribute other on other.attrelid = con.confrelid and other.attnum = con.confkey[k]
    join pg_catalog.pg_operator o on o.oid = con.conpfeqop[k]
    join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
) keys
where con.contype = 'f'
  and con.convalidated
  and con.conparentid = 0
  and not temporal.yes

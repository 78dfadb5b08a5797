-- rules::constraints unique-violated: probes of unique indexes for doubles. Before 15 no index held two NULLs for one:
-- there the name means the one in front.
select
    format('%I.%I', r.nspname, c.relname) as object,
    format(
        'select %L as object, count(*) || '' values stand in several rows of '' || %L as detail '
        'from (select from only %s where true%s%s group by %s having count(*) > 1) double having count(*) > 0',
        format('%I.%I', r.nspname, c.relname),
        r.object,
        r.object,
        ' and (' || pg_catalog.pg_get_expr(i.indpred, i.indrelid) || ')',
        case when not nulls.equal then keys.set end,
        keys.columns
    ) as probe
from user_table r
join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisunique and i.indisvalid
join pg_catalog.pg_class c on c.oid = i.indexrelid
cross join (select false as indnullsnotdistinct) before_15
cross join lateral (
    select indnullsnotdistinct as equal from pg_catalog.pg_index self where self.indexrelid = i.indexrelid
) nulls
cross join lateral (
    select
        string_agg(key.expression, ', ') as columns,
        string_agg(format(' and %s is not null', key.expression), '') as set
    from pg_catalog.generate_series(1, i.indnkeyatts) k
    left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k - 1]
    left join pg_catalog.pg_collation l on l.oid = i.indcollation[k - 1] and not l.collisdeterministic
    left join pg_catalog.pg_namespace n on n.oid = l.collnamespace
    cross join lateral (
        select coalesce(quote_ident(a.attname), '(' || pg_catalog.pg_get_indexdef(i.indexrelid, k, false) || ')')
            || coalesce(' collate ' || quote_ident(n.nspname) || '.' || quote_ident(l.collname), '') as expression
    ) key
) keys
where r.relkind = 'r'
  and not i.indisexclusion

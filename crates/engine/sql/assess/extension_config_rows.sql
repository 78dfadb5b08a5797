-- rules::extensions extension-config-rows: tables of extensions whose rows a dump carries, as far as a condition says.
select
    format('%I.%I', n.nspname, c.relname) as object,
    format('of %I: %s', e.extname, coalesce(nullif(k.condition, ''), 'every row')) as detail
from pg_catalog.pg_extension e
cross join lateral unnest(e.extconfig, e.extcondition) k (relation, condition)
join pg_catalog.pg_class c on c.oid = k.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r'
  and pg_catalog.pg_relation_size(c.oid) > 0

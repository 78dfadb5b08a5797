-- rules::workload xact-prepared: transactions that wait for the second phase of a commit, in whatever database; and
-- whether there may be some tomorrow.
select
    quote_literal(x.gid) as object,
    format('of %s in %s, prepared %s ago', x.owner, x.database, date_trunc('second', clock_timestamp() - x.prepared)) as detail,
    case when x.database = current_database() then format('ROLLBACK PREPARED %L', x.gid) end as sql,
    null as severity
from pg_catalog.pg_prepared_xacts x
union all
select
    s.name,
    format('%s may be there at a time', s.setting),
    null,
    'N'
from pg_catalog.pg_settings s
where s.name = 'max_prepared_transactions'
  and s.setting <> '0'

-- rules::tables foreign-table: foreign tables and servers, and wrappers that managed servers do not offer.
select
    r.object,
    format('table, server %I by %I', s.srvname, w.fdwname) as detail,
    case when w.fdwname not in ('postgres_fdw', 'dblink_fdw', 'mysql_fdw', 'oracle_fdw', 'tds_fdw', 'log_fdw') then 'B/B/–' end as severity
from relation r
join pg_catalog.pg_foreign_table f on f.ftrelid = r.oid
join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
union all
select
    format('%I', s.srvname),
    'server' || coalesce(', ' || host.option, ''),
    case when w.fdwname not in ('postgres_fdw', 'dblink_fdw', 'mysql_fdw', 'oracle_fdw', 'tds_fdw', 'log_fdw') then 'B/B/–' end
from pg_catalog.pg_foreign_server s
join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join lateral (
    select option from unnest(s.srvoptions) option where option ~ '^(host|hostaddr|servername|dbserver)=' limit 1
) host on true

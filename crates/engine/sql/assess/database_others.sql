-- rules::server database-others: other databases of the server, without those of the server or its provider.
select
    quote_ident(d.datname) as object,
    case
        when d.datconnlimit = -2 then 'invalid since a DROP DATABASE that broke off: nobody can connect'
        when not d.datallowconn then 'nobody may connect to it'
        else 'another database of this server'
    end as detail,
    case when d.datconnlimit = -2 then format('DROP DATABASE %I', d.datname) end as sql,
    case when d.datconnlimit = -2 or not d.datallowconn then 'W' end as severity
from pg_catalog.pg_database d
where d.datname <> current_database()
  and d.datname not in ('template0', 'template1', 'rdsadmin', 'cloudsqladmin', 'azure_maintenance')

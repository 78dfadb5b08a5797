-- assess::inventory: databases of the server. The size of one that we may not connect to is not ours to ask, and that
-- of our own is known.
select
    d.datname::text as name,
    case
        when d.datname = current_database() then null
        when has_database_privilege(d.oid, 'CONNECT') or pg_has_role('pg_read_all_stats', 'usage') then pg_catalog.pg_database_size(d.oid)
    end as bytes,
    d.datname = current_database() as assessed
from pg_catalog.pg_database d
where not d.datistemplate
order by 1

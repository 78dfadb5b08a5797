-- assess::facts: the server, our role, and what that role may see.
select
    version() as banner,
    current_user::text as role,
    quote_ident(current_user) as role_object,
    quote_ident(current_database()) as database_object,
    pg_is_in_recovery() as in_recovery,
    not pg_is_in_recovery() as primary,
    (select ssl from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()) as encrypted,
    host(inet_server_addr()) as address,
    pg_catalog.pg_database_size(current_database()) as bytes,
    extract(epoch from clock_timestamp())::int8 as clock_seconds,
    (select count(*) from pg_catalog.pg_class where relkind in ('r', 'i', 't')) as relations,
    (select coalesce(sum(numbackends), 0)::int8 from pg_catalog.pg_stat_database) as sessions,
    r.rolsuper as superuser,
    r.rolsuper or pg_has_role(current_user, 'pg_read_all_stats', 'usage') as statistics,
    r.rolsuper or pg_has_role(current_user, 'pg_read_all_settings', 'usage') as all_settings,
    r.rolsuper or not exists (
        select from pg_catalog.pg_class c
        where c.oid >= 16384
          and c.relpersistence <> 't'
          -- in one expression: a planner is free to ask about tables first, which is an error
          and case when c.relkind = 'S' then not has_sequence_privilege(c.oid, 'SELECT') else false end
    ) as sequences
from pg_catalog.pg_roles r
where r.rolname = current_user

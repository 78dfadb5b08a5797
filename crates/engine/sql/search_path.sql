-- catalog::search_path: the database's stored search_path, else public, and behind it every other schema. $1: our own schema.
select
    coalesce(
        (
            select pg_catalog.substr(setting, pg_catalog.length('search_path=') + 1)
            from pg_catalog.pg_db_role_setting s
            cross join unnest(s.setconfig) setting
            where setting like 'search\_path=%'
              and s.setrole = 0
              and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
            order by s.setdatabase <> 0 desc
            limit 1
        ),
        'public'
    ) || coalesce(
        (
            select ', ' || string_agg(pg_catalog.quote_ident(n.nspname), ', ' order by n.nspname)
            from pg_catalog.pg_namespace n
            where n.nspname !~ '^pg_'
              and n.nspname not in ('information_schema', 'public', $1)
        ),
        ''
    ) as search_path

-- rules::rights connections-short: fewer connections left than a copy opens on the source. $1: how many.
select
    l.name as object,
    format('%s are left of %s, a copy needs %s', l.most - l.taken, l.most, $1::int8) as detail,
    l.sql
from (
    select
        'max_connections' as name,
        current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
            - coalesce(current_setting('reserved_connections', true)::bigint, 0) as most,
        (select sum(numbackends) from pg_catalog.pg_stat_database)::bigint as taken,
        null as sql
    union all
    select
        quote_ident(r.rolname),
        r.rolconnlimit,
        (select count(*) from pg_catalog.pg_stat_activity a where a.usesysid = r.oid),
        format('ALTER ROLE %I CONNECTION LIMIT -1', r.rolname)
    from pg_catalog.pg_roles r
    where r.rolname = current_user
      and 0 <= r.rolconnlimit
      and not r.rolsuper
    union all
    select
        quote_ident(d.datname),
        d.datconnlimit,
        (select count(*) from pg_catalog.pg_stat_activity a where a.datid = d.oid),
        format('ALTER DATABASE %I CONNECTION LIMIT -1', d.datname)
    from pg_catalog.pg_database d
    where d.datname = current_database()
      and 0 <= d.datconnlimit
) l
where l.most - l.taken < $1::int8

-- rules::settings slots-exhausted: fewer than two free replication slots, or senders.
select
    u.name as object,
    format('%s of %s are taken', u.taken, u.most) as detail,
    format('ALTER SYSTEM SET %s = %s', u.name, u.taken + 4) as sql
from (
    select
        'max_replication_slots' as name,
        current_setting('max_replication_slots')::bigint as most,
        count(*) as taken
    from pg_catalog.pg_replication_slots
    union all
    select
        'max_wal_senders',
        current_setting('max_wal_senders')::bigint,
        count(*)
    from pg_catalog.pg_stat_replication
) u
where u.most - u.taken < 2

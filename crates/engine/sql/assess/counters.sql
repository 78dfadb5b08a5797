-- assess::workload: counters of this database, and how far the WAL is.
select
    xact_commit + xact_rollback as transactions,
    case when not pg_is_in_recovery() then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint end as wal,
    tup_inserted + tup_updated + tup_deleted as changes,
    blks_hit as hits,
    blks_read as reads,
    temp_bytes,
    deadlocks,
    extract(epoch from clock_timestamp() - stats_reset)::float8 as counted_seconds
from pg_catalog.pg_stat_database
where datname = current_database()

-- rules::health archive-failing: WAL that the archive does not take.
select
    'server' as object,
    format('%s failed at %s; %s failures', a.last_failed_wal, date_trunc('second', a.last_failed_time), a.failed_count) as detail
from pg_catalog.pg_stat_archiver a
where a.last_failed_time > coalesce(a.last_archived_time, '-infinity')

-- assess::inventory: what the server knows of backups.
select
    extract(epoch from clock_timestamp() - a.last_archived_time)::float8 as archived_seconds_ago,
    extract(epoch from clock_timestamp() - a.last_failed_time)::float8 as failed_seconds_ago,
    coalesce((select string_agg(distinct s.application_name, ' ') from pg_catalog.pg_stat_activity s), '') as applications
from pg_catalog.pg_stat_archiver a

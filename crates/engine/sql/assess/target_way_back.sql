-- rules::target target-way-back: what keeps the target from sending changes back after the cutover.
select
    'wal_level' as object,
    format('%s, not logical', current_setting('wal_level')) as detail
where current_setting('wal_level') <> 'logical'
union all
select
    'max_replication_slots',
    'no slot is free'
where current_setting('max_replication_slots')::bigint <= (select count(*) from pg_catalog.pg_replication_slots)
union all
select
    'max_slot_wal_keep_size',
    format('a slot is lost once it holds more than %s', current_setting('max_slot_wal_keep_size'))
where current_setting('max_slot_wal_keep_size') <> '-1'
union all
select
    quote_ident(a.usename),
    format('a transaction open since %s', date_trunc('second', a.xact_start))
from pg_catalog.pg_stat_activity a
where a.xact_start < clock_timestamp() - interval '5 minutes'
  and a.pid <> pg_backend_pid()
  and a.usename is not null

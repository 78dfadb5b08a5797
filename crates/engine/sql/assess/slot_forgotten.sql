-- rules::replication slot-forgotten: slots that nobody reads and that hold WAL back. Newer majors have more columns.
select
    format('%I', s.slot_name) as object,
    concat_ws(
        ', ',
        s.slot_type,
        format('of database %s', s.database),
        case when not pg_is_in_recovery() then
            format('holds %s of WAL', pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)))
        end,
        'WAL status ' || s.wal_status,
        format('%s until it is lost', pg_catalog.pg_size_pretty(s.safe_wal_size)),
        case when (to_jsonb(s) ->> 'conflicting')::boolean then 'in conflict with recovery' end,
        'unused since ' || (to_jsonb(s) ->> 'inactive_since'),
        'invalid: ' || (to_jsonb(s) ->> 'invalidation_reason')
    ) as detail,
    format('SELECT pg_catalog.pg_drop_replication_slot(%L)', s.slot_name) as sql
from pg_catalog.pg_replication_slots s
where not s.active
  and s.slot_name !~ '^pgferry(_|$)'

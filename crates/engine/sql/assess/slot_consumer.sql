-- rules::replication slot-consumer: those who take changes from this database by logical decoding.
select
    format('%I', s.slot_name) as object,
    concat_ws(', ', s.plugin, coalesce(nullif(a.application_name, ''), format('process %s', s.active_pid)), host(a.client_addr)) as detail
from pg_catalog.pg_replication_slots s
left join pg_catalog.pg_stat_activity a on a.pid = s.active_pid
where s.active
  and s.slot_type = 'logical'
  and s.database = current_database()
  and s.slot_name !~ '^pgferry(_|$)'

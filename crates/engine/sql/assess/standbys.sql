-- rules::workload standbys: who follows this server by its WAL.
select
    coalesce(nullif(r.application_name, ''), 'standby') as object,
    concat_ws(
        ', ',
        coalesce(host(r.client_addr), 'local'),
        r.state,
        r.sync_state,
        format('%s behind', date_trunc('second', r.replay_lag))
    ) as detail
from pg_catalog.pg_stat_replication r
left join pg_catalog.pg_replication_slots s on s.active_pid = r.pid
where s.slot_type is distinct from 'logical'
  and r.state is distinct from 'backup'

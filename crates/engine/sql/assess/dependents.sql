-- assess::inventory: who takes something from this server.
select
    'publication' as kind,
    p.pubname::text as name,
    case when p.puballtables then 'of all tables' else 'of a list' end as state
from pg_catalog.pg_publication p
union all
select
    'subscription',
    s.subname::text,
    case when s.subenabled then 'enabled' else 'disabled' end
from pg_catalog.pg_subscription s
where s.subdbid = (select oid from pg_catalog.pg_database where datname = current_database())
union all
select
    'slot',
    s.slot_name::text,
    concat_ws(', ', s.slot_type, s.plugin, s.database, case when s.active then 'active' else 'inactive' end)
from pg_catalog.pg_replication_slots s
union all
select
    'standby',
    coalesce(nullif(r.application_name, ''), host(r.client_addr), 'local'),
    concat_ws(', ', host(r.client_addr), r.state, r.sync_state)
from pg_catalog.pg_stat_replication r
order by 1, 2, 3

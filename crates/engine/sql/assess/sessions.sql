-- assess::workload: sessions of clients, ours excepted, by where they come from. What our role may not see counts as nothing here; the
-- rules say so.
select
    coalesce(application_name, '') as application,
    coalesce(usename::text, '') as role,
    coalesce(host(client_addr), 'local') as address,
    coalesce(datname::text, '') as database,
    count(*) as sessions,
    count(*) filter (where state = 'active') as active,
    count(*) filter (where state ~ '^idle in transaction') as idle_in_transaction,
    count(*) filter (where wait_event_type = 'Lock') as waiting,
    coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 as transaction_seconds,
    coalesce(max(extract(epoch from clock_timestamp() - state_change)) filter (where state ~ '^idle in transaction'), 0)::float8 as idle_in_transaction_seconds
from pg_catalog.pg_stat_activity
where coalesce(application_name, '') !~ '^pgferry/'
  and backend_type in ('client backend', 'walsender')
group by 1, 2, 3, 4

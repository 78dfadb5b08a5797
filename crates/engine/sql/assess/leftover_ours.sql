-- rules::replication leftover-ours: what an earlier run of ours left, or what has our names and is not ours.
select
    format('%I', s.slot_name) as object,
    format('replication slot, %s', case when s.active then 'in use' else 'not in use' end) as detail,
    null as severity
from pg_catalog.pg_replication_slots s
where s.slot_name ~ '^pgferry(_|$)'
  and (s.database is null or s.database = current_database())
union all
select
    format('%I', p.pubname),
    'publication',
    null
from pg_catalog.pg_publication p
where p.pubname ~ '^pgferry(_|$)'
union all
select
    format('%I', o.roname),
    'replication origin',
    null
from pg_catalog.pg_replication_origin o
where o.roname ~ '^pgferry(_|$)'
union all
select
    format('%I', n.nspname),
    case when c.ours then 'schema' else 'a schema that is not ours, but has the name of ours' end,
    case when not c.ours then 'B' end
from pg_catalog.pg_namespace n
cross join lateral (
    select coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace') ~ '^pgferry keeps', false) as ours
) c
where n.nspname = 'pgferry'

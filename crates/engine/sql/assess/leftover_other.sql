-- rules::replication leftover-other: what other tools of replication left. The origins of subscriptions begin with pg_.
select
    format('%I', n.nspname) as object,
    'schema' as detail
from pg_catalog.pg_namespace n
where n.nspname ~ '^(awsdms|pgcopydb|bucardo|pglogical|_rdsrep)'
union all
select
    r.object,
    'relation'
from relation r
where r.relname ~ '^(awsdms|pgcopydb_|bucardo_|_rdsrep)'
  and r.relkind in ('r', 'p', 'v', 'm', 'S')
  and r.nspname !~ '^(awsdms|pgcopydb|bucardo|pglogical|_rdsrep)'
union all
select
    format('%I', e.evtname),
    'event trigger'
from pg_catalog.pg_event_trigger e
where e.evtname ~ '^(awsdms|pgcopydb|bucardo|pglogical|_rdsrep)'
union all
select
    format('%I', e.extname),
    'extension'
from pg_catalog.pg_extension e
where e.extname = 'pglogical'
union all
select
    format('%s on %s', quote_ident(t.tgname), r.object),
    'trigger'
from pg_catalog.pg_trigger t
join relation r on r.oid = t.tgrelid
where not t.tgisinternal
  and t.tgname ~ '^(awsdms|bucardo_)'
union all
select
    format('%I', s.slot_name),
    'replication slot'
from pg_catalog.pg_replication_slots s
where s.slot_name ~ '^(awsdms|pgcopydb|pgl_|_rdsrep)'
union all
select
    format('%I', p.pubname),
    'publication'
from pg_catalog.pg_publication p
where p.pubname ~ '^(awsdms|pgcopydb|bucardo|pglogical|_rdsrep)'
union all
select
    format('%I', o.roname),
    'replication origin'
from pg_catalog.pg_replication_origin o
where o.roname !~ '^(pg_[0-9]|pgferry)'

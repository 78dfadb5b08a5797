-- rules::code session-state: what lives in sessions alone: notifications, advisory locks, temporary tables.
select
    b.object,
    format('seems to use: %s', substring(b.text from concat('(?i)(', p.pattern, ')'))) as detail
from body b
cross join (
    select concat_ws(
        '|',
        '\mpg_notify(?=\s*\()',
        '\m(?:notify|listen)\s+\w+',
        '\mpg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?(?=\s*\()'
    ) as pattern
) p
where b.text ~* p.pattern
union all
select
    format('%I', current_database()),
    format('advisory locks held now: %s', count(*))
from pg_catalog.pg_locks l
where l.locktype = 'advisory'
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
  and not exists (select from pg_catalog.pg_stat_activity a where a.pid = l.pid and a.application_name like 'pgferry/%')
having count(*) > 0
union all
select
    format('%I', current_database()),
    format('temporary tables that are there now: %s', count(*))
from pg_catalog.pg_class c
where c.relpersistence = 't'
  and c.relkind in ('r', 'p')
having count(*) > 0
union all
select
    format('%I', current_database()),
    format('a session of %I listens', a.usename)
from pg_catalog.pg_stat_activity a
where a.datname = current_database()
  and a.query ~* '^\s*listen\M'

-- assess::workload: statements of this database that take most of the time. @schema: where the extension lives. Texts
-- that set passwords are left out.
select
    left(regexp_replace(s.query, '\s+', ' ', 'g'), 500) as query,
    s.calls,
    s.total_exec_time as total_ms,
    s.mean_exec_time as mean_ms
from @schema.pg_stat_statements s
where s.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
  and s.query !~* 'password|secret|<insufficient privilege>'
order by s.total_exec_time desc
limit 10

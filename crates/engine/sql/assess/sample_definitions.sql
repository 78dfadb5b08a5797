-- assess::moved: calls of statements that define, in this database. @schema: where the extension lives.
select
    coalesce(sum(s.calls), 0)::bigint as calls
from @schema.pg_stat_statements s
where s.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
  and s.query ~* '^\s*(create|alter|drop|truncate)\s'

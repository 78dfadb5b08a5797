-- rules::tables inherited-null: columns whose parent forbids NULL and who allow it.
select
    c.object,
    format('NOT NULL in %s', parent.object) as detail,
    format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', c.table_object, c.attname) as sql
from user_column c
join pg_catalog.pg_inherits i on i.inhrelid = c.relation
join user_column parent on parent.relation = i.inhparent and parent.attname = c.attname
where parent.attnotnull
  and not c.attnotnull

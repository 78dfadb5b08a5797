-- rules::code large-objects: how many, whose, and the columns that may name them.
select
    format('%I', current_database()) as object,
    format('large objects of %I: %s', pg_catalog.pg_get_userbyid(l.lomowner), count(*)) as detail
from pg_catalog.pg_largeobject_metadata l
group by l.lomowner
union all
select
    c.object,
    'may name large objects'
from user_column c
join pg_catalog.pg_type t on t.oid = c.atttypid
where 'oid'::regtype in (t.oid, t.typbasetype)
  and exists (select from pg_catalog.pg_largeobject_metadata)

-- rules::constraints fk-on-partitioned: foreign keys of or to partitioned tables.
select
    format('%I ON %s', con.conname, r.object) as object,
    format('refers to %s', target.object) as detail
from pg_catalog.pg_constraint con
join user_table r on r.oid = con.conrelid
join user_table target on target.oid = con.confrelid
where con.contype = 'f'
  and con.conparentid = 0
  and 'p' in (r.relkind, target.relkind)

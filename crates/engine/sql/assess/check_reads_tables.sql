-- rules::constraints check-reads-tables: checks that call functions of yours, which may read other tables.
select
    format('%I ON %s', con.conname, coalesce(r.object, t.object)) as object,
    string_agg(distinct f.object, ', ') as detail
from pg_catalog.pg_constraint con
join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_constraint'::regclass
    and d.objid = con.oid
    and d.refclassid = 'pg_catalog.pg_proc'::regclass
join function f on f.oid = d.refobjid
left join user_table r on r.oid = con.conrelid
left join user_type t on t.oid = con.contypid
where con.contype = 'c'
  and (r.oid is not null or t.oid is not null)
group by con.oid, con.conname, r.object, t.object

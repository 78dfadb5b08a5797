-- rules::tables trigger-disabled: triggers that do not fire; those of the system check foreign keys and deferred keys.
select
    format('%I ON %s', coalesce(con.conname, t.tgname), r.object) as object,
    case when t.tgisinternal then 'constraint, not checked since' else 'trigger' end as detail,
    case when t.tgisinternal then format('ALTER TABLE %s ENABLE TRIGGER %I', r.object, t.tgname) end as sql,
    case when not t.tgisinternal then 'W' end as severity
from user_table r
join pg_catalog.pg_trigger t on t.tgrelid = r.oid and t.tgenabled = 'D'
left join pg_catalog.pg_constraint con on con.oid = t.tgconstraint and t.tgisinternal

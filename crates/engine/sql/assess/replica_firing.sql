-- rules::tables replica-firing: triggers and rules that fire for replicated rows too.
select
    format('%I ON %s', t.tgname, r.object) as object,
    case t.tgenabled when 'A' then 'trigger, ENABLE ALWAYS' else 'trigger, ENABLE REPLICA' end as detail
from user_table r
join pg_catalog.pg_trigger t on t.tgrelid = r.oid and t.tgenabled in ('A', 'R') and not t.tgisinternal
union all
select
    format('%I ON %s', w.rulename, r.object),
    case w.ev_enabled when 'A' then 'rule, ENABLE ALWAYS' else 'rule, ENABLE REPLICA' end
from user_table r
join pg_catalog.pg_rewrite w on w.ev_class = r.oid and w.ev_enabled in ('A', 'R') and w.rulename <> '_RETURN'

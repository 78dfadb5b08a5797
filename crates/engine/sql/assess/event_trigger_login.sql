-- rules::code event-trigger-login: what fires whenever somebody connects.
select
    format('%I', t.evtname) as object,
    case when t.evtenabled = 'D' then 'disabled' end as detail,
    case when t.evtenabled = 'D' then 'N/C/N' end as severity
from pg_catalog.pg_event_trigger t
where t.evtevent = 'login'
  and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_event_trigger'::regclass and d.objid = t.oid and d.deptype = 'e'
  )

-- rules::rights role-no-replication: our role, if it may not stream.
select
    quote_ident(r.rolname) as object,
    case when rds.oid is null then 'no REPLICATION' else 'no member of rds_replication' end as detail,
    case
        when rds.oid is null then format('ALTER ROLE %I REPLICATION', r.rolname)
        else format('GRANT rds_replication TO %I', r.rolname)
    end as sql
from pg_catalog.pg_roles r
left join pg_catalog.pg_roles rds on rds.rolname = 'rds_replication'
where r.rolname = current_user
  and not r.rolsuper
  and not r.rolreplication
  and not coalesce(pg_has_role(rds.oid, 'usage'), false)

-- rules::rights role-no-fence: what lets others pass when the database is closed.
select
    quote_ident(d.datname) as object,
    format('owned by %I: a REVOKE of ours only warns', o.rolname) as detail,
    -- nobody should become a superuser for this
    case when not o.rolsuper then format('GRANT %I TO %I', o.rolname, current_user) end as sql
from pg_catalog.pg_database d
join pg_catalog.pg_roles o on o.oid = d.datdba
where d.datname = current_database()
  and not pg_has_role(d.datdba, 'usage')
union all
select
    quote_ident(current_user),
    'may not end the sessions of others',
    format('GRANT pg_signal_backend TO %I', current_user)
where not pg_has_role('pg_signal_backend', 'usage')
union all
select
    quote_ident(r.rolname),
    format('%s sessions of a superuser, whom no fence stops', count(*)),
    null
from pg_catalog.pg_stat_activity a
join pg_catalog.pg_roles r on r.oid = a.usesysid and r.rolsuper
where a.datname = current_database()
  and r.rolname <> current_user
group by r.rolname

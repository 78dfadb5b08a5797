-- rules::rights role-not-owner: tables of roles whose rights ours has not, and the right to make a publication.
select
    r.object,
    format('owned by %I', o.rolname) as detail,
    -- nobody should become a superuser for this
    case when not o.rolsuper then format('GRANT %I TO %I', o.rolname, current_user) end as sql
from user_table r
join pg_catalog.pg_roles o on o.oid = r.relowner
where not pg_has_role(r.relowner, 'usage')
union all
select
    quote_ident(current_database()),
    'no CREATE on the database',
    format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user)
where not has_database_privilege(current_database(), 'CREATE')

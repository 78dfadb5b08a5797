-- assess::inventory: roles that may log in or own something here.
select
    r.rolname::text as name,
    r.rolcanlogin as login,
    r.rolsuper as superuser,
    count(o.oid) as owns
from pg_catalog.pg_roles r
left join relation o on o.relowner = r.oid and o.relkind <> 'i'
where r.rolname !~ '^pg_'
group by r.oid, r.rolname, r.rolcanlogin, r.rolsuper
having r.rolcanlogin or 0 < count(o.oid)
order by 1

-- rules::roles password-not-carried: roles that log in without a password that could be carried.
select
    r.object,
    case when a.rolpassword is null then 'has no password' else 'its password has run out' end as detail,
    case when a.rolpassword is not null then 'N' end as severity
from user_role r
join pg_catalog.pg_authid a on a.oid = r.oid
where r.rolcanlogin
  and r.oid <> 10
  and (a.rolpassword is null or a.rolvaliduntil < now())

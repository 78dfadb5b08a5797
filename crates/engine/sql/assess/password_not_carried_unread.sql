-- rules::roles password-not-carried: roles that log in, where only a superuser reads their passwords.
select
    r.object,
    'our role may not read whether it has a password' as detail
from user_role r
where r.rolcanlogin
  and r.oid <> 10

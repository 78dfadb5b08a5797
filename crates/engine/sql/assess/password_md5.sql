-- rules::roles password-md5: passwords kept in the old form.
select format('%I', a.rolname) as object
from pg_catalog.pg_authid a
where a.rolpassword ~ '^md5'

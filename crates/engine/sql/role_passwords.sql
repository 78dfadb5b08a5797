-- catalog::roles: verifiers, where we may read them.
select
    rolname::text,
    rolpassword
from pg_catalog.pg_authid
where rolpassword is not null

-- rules::rights role-rls-blind: tables whose policies hide rows from our role.
select
    r.object,
    format('its policies hide rows from %I', current_user) as detail,
    format('ALTER ROLE %I BYPASSRLS', current_user) as sql
from user_table r
where r.relrowsecurity
  and pg_catalog.row_security_active(r.oid)

-- rules::rights role-no-lock: tables that our role may not lock against writers.
select
    r.object,
    'none of UPDATE, DELETE, TRUNCATE, MAINTAIN' as detail,
    format('GRANT UPDATE ON TABLE %s TO %I', r.object, current_user) as sql
from user_table r
where not has_table_privilege(
    r.oid,
    'UPDATE, DELETE, TRUNCATE' || case when 170000 <= current_setting('server_version_num')::int then ', MAINTAIN' else '' end
)

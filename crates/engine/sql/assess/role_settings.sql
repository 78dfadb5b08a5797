-- rules::rights role-settings: settings stored for our role that would change what our sessions do.
select
    s.name as object,
    format('%s for %I', s.line, current_user) as detail,
    case
        when s.name ~ '_timeout$' then format(
            'ALTER ROLE %I%s SET %s = 0', current_user, case when d.datname is null then '' else format(' IN DATABASE %I', d.datname) end, s.name
        )
    end as sql,
    case
        when s.name = 'idle_in_transaction_session_timeout' and s.line !~ '=0[a-z]*$' then 'N/W/C'
        else 'N/W/N'
    end as severity
from (
    select
        unnest(s.setconfig) as line,
        split_part(unnest(s.setconfig), '=', 1) as name,
        s.setdatabase
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_roles r on r.oid = s.setrole
    where r.rolname = current_user
) s
left join pg_catalog.pg_database d on d.oid = s.setdatabase
where (s.setdatabase = 0 or d.datname = current_database())
  and (s.name ~ '_timeout$' and s.line !~ '=0[a-z]*$' or s.name in ('role', 'search_path', 'default_transaction_read_only', 'transaction_read_only'))

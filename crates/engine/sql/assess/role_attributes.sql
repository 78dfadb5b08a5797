-- rules::roles role-attributes: rights that no role of the target can be given in the same words.
select
    r.object,
    concat_ws(
        ', ',
        case when r.rolsuper then 'SUPERUSER' end,
        case when r.rolreplication then 'REPLICATION' end,
        case when r.rolbypassrls then 'BYPASSRLS' end,
        files.roles
    ) as detail
from user_role r
cross join lateral (
    select string_agg(format('member of %I', g.rolname), ', ' order by g.rolname) as roles
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles g on g.oid = m.roleid
    where m.member = r.oid
      and g.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
) files
-- the first superuser is the server's own; what it owns has a rule of its own
where r.oid <> 10
  and (r.rolsuper or r.rolreplication or r.rolbypassrls or files.roles is not null)

-- rules::rights role-no-select: tables, sequences and large objects that our role may not read.
select
    r.object,
    case when has_schema_privilege(r.relnamespace, 'USAGE') then 'no SELECT' else 'no USAGE of its schema' end as detail,
    case
        when exists (select from pg_catalog.pg_roles where rolname = 'pg_read_all_data')
            then format('GRANT pg_read_all_data TO %I', current_user)
        when not has_schema_privilege(r.relnamespace, 'USAGE')
            then format('GRANT USAGE ON SCHEMA %I TO %I', r.nspname, current_user)
        else format('GRANT SELECT ON %s %s TO %I', case r.relkind when 'S' then 'SEQUENCE' else 'TABLE' end, r.object, current_user)
    end as sql
from relation r
where r.relkind in ('r', 'p', 'm', 'S')
  and not (
      has_schema_privilege(r.relnamespace, 'USAGE')
      -- in one expression: a planner is free to ask about tables first, which is an error
      and case when r.relkind = 'S' then has_sequence_privilege(r.oid, 'SELECT') else has_table_privilege(r.oid, 'SELECT') end
  )
union all
select
    'large objects',
    format('%s of them may not be read', count(*)),
    null
from pg_catalog.pg_largeobject_metadata l
where not pg_has_role(l.lomowner, 'usage')
  and not exists (
      select from pg_catalog.aclexplode(l.lomacl) a
      where a.privilege_type = 'SELECT'
        and case when a.grantee = 0 then true else pg_has_role(a.grantee, 'usage') end
  )
having 0 < count(*)

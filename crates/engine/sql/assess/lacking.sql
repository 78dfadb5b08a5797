-- assess::unanswered: statements that give our role what it lacks of what a refusal names. $1: what was refused, and the
-- server's words, which may be in any language: only the names that stand in them count.
with named as materialized (
    select pg_catalog.replace(found[1], '""', '"') as name from pg_catalog.regexp_matches($1, '"((?:[^"]|"")+)"', 'g') found
    union
    select found[1] from pg_catalog.regexp_matches($1, '(\w+)', 'g') found
),
unread as (
    select
        n.nspname,
        c.relname in (select name from named) or n.nspname in (select name from named) as stands
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and n.nspname !~ '^pg_'
      and not (
          has_schema_privilege(n.oid, 'USAGE')
          -- in one expression: a planner is free to ask about tables first, which is an error
          and case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'SELECT') else has_table_privilege(c.oid, 'SELECT') end
      )
)
select
    case
        when exists (select from pg_catalog.pg_roles where rolname = 'pg_read_all_data')
            then format('GRANT pg_read_all_data TO %I', current_user)
        -- all of them: what is refused names the first of several
        else format(
            'GRANT USAGE ON SCHEMA %1$s TO %2$I; GRANT SELECT ON ALL TABLES IN SCHEMA %1$s TO %2$I; '
            'GRANT SELECT ON ALL SEQUENCES IN SCHEMA %1$s TO %2$I',
            string_agg(distinct quote_ident(nspname), ', '),
            current_user
        )
    end as lift
from unread
having bool_or(stands)
union all
select format('ALTER ROLE %I BYPASSRLS', current_user)
where exists (
    select from pg_catalog.pg_class c
    where c.relrowsecurity
      and c.relname in (select name from named)
      and row_security_active(c.oid)
)
union all
select format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure, current_user)
from pg_catalog.pg_proc p
where p.oid >= 16384
  and p.proname in (select name from named)
  and not has_function_privilege(p.oid, 'EXECUTE')

-- rules::constraints constraint-deferrable: unique rules that nobody checks while rows are replicated.
select
    format('%I ON %s', con.conname, r.object) as object,
    case con.contype when 'x' then 'exclusion' else 'deferrable' end as detail
from pg_catalog.pg_constraint con
join user_table r on r.oid = con.conrelid
where con.contype = 'x'
   or con.contype in ('p', 'u') and con.condeferrable

-- rules::tables table-rules: rules that rewrite statements on a table.
select
    format('%I ON %s', w.rulename, r.object) as object,
    case w.ev_type when '2' then 'ON UPDATE' when '3' then 'ON INSERT' when '4' then 'ON DELETE' end as detail
from user_table r
join pg_catalog.pg_rewrite w on w.ev_class = r.oid and w.rulename <> '_RETURN'

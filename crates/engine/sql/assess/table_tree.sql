, tree as (
    -- rules::tables table-tree: roots of trees of tables, how deep they are, how many leaves they have.
    select r.oid as root, r.oid as member, 0 as depth
    from user_table r
    where not exists (select from pg_catalog.pg_inherits i where i.inhrelid = r.oid)
      and exists (select from pg_catalog.pg_inherits i where i.inhparent = r.oid)
    union all
    select t.root, i.inhrelid, t.depth + 1
    from tree t
    join pg_catalog.pg_inherits i on i.inhparent = t.member
)
select
    r.object,
    format(
        '%s: %s below it, %s deep',
        case r.relkind when 'p' then 'partitioned' else 'inherited' end,
        count(*) - 1,
        max(t.depth)
    ) as detail,
    case when count(*) > 1001 then 'W' end as severity
from tree t
join user_table r on r.oid = t.root
group by r.object, r.relkind

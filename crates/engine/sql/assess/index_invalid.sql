-- rules::constraints index-invalid: indexes that no dump carries. One of a partitioned table counts as invalid while a
-- partition lacks it, and is carried all the same.
select
    c.object,
    format(
        '%s%s of %s',
        case when i.indisunique then 'unique, ' else '' end,
        case when not i.indislive then 'being dropped' when not i.indisready then 'not ready' else 'invalid' end,
        r.object
    ) as detail,
    case
        when not i.indislive or c.relname ~ '_cc(new|old)\d*$' then format('DROP INDEX CONCURRENTLY %s', c.object)
        else format('REINDEX INDEX CONCURRENTLY %s', c.object)
    end as sql
from pg_catalog.pg_index i
join relation c on c.oid = i.indexrelid and c.relkind = 'i'
join relation r on r.oid = i.indrelid
where not (i.indisvalid and i.indisready and i.indislive)

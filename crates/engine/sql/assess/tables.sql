-- assess::inventory: every table with rows of its own. $1: ask the files for their sizes, which takes locks.
, toast as (
    select
        t.oid,
        case when $1 then coalesce(pg_catalog.pg_total_relation_size(t.oid), 0) else t.relpages::bigint * 8192 end as bytes
    from pg_catalog.pg_class t
    where t.relkind = 't' and t.oid >= 16384
),
indexes as (
    select
        i.indrelid,
        bool_or(i.indisprimary) as keyed,
        sum(case when $1 then coalesce(pg_catalog.pg_relation_size(i.indexrelid), 0) else c.relpages::bigint * 8192 end)::bigint as bytes
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    where i.indexrelid >= 16384 and c.relkind = 'i'
    group by i.indrelid
)
select
    format('%I', r.nspname) as schema,
    r.object,
    case when $1 then coalesce(pg_catalog.pg_relation_size(r.oid), 0) else r.relpages::bigint * 8192 end as heap_bytes,
    coalesce(toast.bytes, 0) as toast_bytes,
    coalesce(indexes.bytes, 0) as index_bytes,
    -- "never analysed" is -1 from 14 on, and 0 pages before
    case when r.reltuples < 0 or r.relpages = 0 and r.reltuples = 0 then null else r.reltuples::bigint end as rows,
    coalesce(pg_catalog.pg_stat_get_tuples_inserted(r.oid) - pg_catalog.pg_stat_get_tuples_deleted(r.oid), 0) as rows_grown,
    coalesce(pg_catalog.pg_stat_get_tuples_updated(r.oid) + pg_catalog.pg_stat_get_tuples_deleted(r.oid), 0) as rows_changed,
    coalesce(pg_catalog.pg_stat_get_dead_tuples(r.oid), 0) as rows_dead,
    coalesce(indexes.keyed, false) as keyed
from relation r
left join toast on toast.oid = r.reltoastrelid
left join indexes on indexes.indrelid = r.oid
where r.relkind = 'r'

-- rules::tables partition-maker: what creates partitions by itself.
select
    format('%I', e.extname) as object,
    'extension that makes partitions' as detail
from pg_catalog.pg_extension e
where e.extname = 'pg_partman'
union all
select
    f.object,
    'seems to make partitions: ' || line.text
from function f
cross join lateral (
    select trim(text) as text
    from pg_catalog.regexp_split_to_table(f.prosrc, '\n') text
    where text ~* 'partition\s+of|attach\s+partition'
    limit 1
) line
where f.prosrc ~* 'partition\s+of|attach\s+partition'

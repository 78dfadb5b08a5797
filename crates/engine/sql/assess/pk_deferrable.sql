-- rules::keys pk-deferrable: primary keys that identify no row in a stream.
select
    r.object,
    format('primary key %I', con.conname) as detail,
    case
        when not exists (select from keyless_index i where i.indrelid = r.oid and i.traps = '')
        then format(
            'CREATE UNIQUE INDEX CONCURRENTLY ON %s (%s)',
            r.object,
            (
                select string_agg(format('%I', a.attname), ', ' order by k.place)
                from unnest(con.conkey) with ordinality k(attnum, place)
                join pg_catalog.pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.attnum
            )
        )
    end as sql
from keyless r
join pg_catalog.pg_constraint con on con.conrelid = r.oid and con.contype = 'p' and con.condeferrable

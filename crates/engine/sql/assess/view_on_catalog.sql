-- rules::code view-on-catalog: views, and functions with a body of parsed SQL, that read the system's catalogs. Read from
-- the stored trees: no dependency on a catalog is recorded.
select
    t.object,
    format('reads %s', string_agg(distinct c.relname, ', ')) as detail
from (
    select
        r.object,
        w.ev_action::text as tree
    from relation r
    join pg_catalog.pg_rewrite w on w.ev_class = r.oid
    where r.relkind in ('v', 'm')
    union all
    select
        f.object,
        -- a column from 14 on
        to_jsonb(f) ->> 'prosqlbody'
    from function f
    where f.prosrc = ''
) t
cross join lateral regexp_matches(t.tree, ':relid (\d+)\M', 'g') relid
join pg_catalog.pg_class c on c.oid = relid[1]::oid
where c.oid < 16384
  and c.relnamespace = 'pg_catalog'::regnamespace
group by t.object

-- assess::inventory: bytes of indexes by access method, as VACUUM or ANALYZE last counted their pages.
select
    am.amname::text as name,
    sum(i.relpages::bigint * 8192)::bigint as bytes
from relation i
join pg_catalog.pg_am am on am.oid = i.relam
where i.relkind = 'i'
group by am.amname

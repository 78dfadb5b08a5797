-- rules::tables partition-half-detached: partitions whose DETACH CONCURRENTLY was not finished.
select
    r.object,
    format('of %s', parent.object) as detail,
    format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', parent.object, r.object) as sql
from relation r
join pg_catalog.pg_inherits i on i.inhrelid = r.oid and i.inhdetachpending
join relation parent on parent.oid = i.inhparent

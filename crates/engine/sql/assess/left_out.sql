-- assess::assessment: names of relations by OID, and of the indexes of those that are tables. $1: OIDs.
select format('%I.%I', n.nspname, c.relname)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = any ($1::oid[])
   or c.oid in (select indexrelid from pg_catalog.pg_index where indrelid = any ($1::oid[]))
